"""The flight recorder: switched on by a reload, saved under load, and run again."""
import collections
import json
import pathlib
import struct
import subprocess

from checks.capture import packets_of
from harness.lab import ECHO, HTTP, KERNEL4, KERNEL6, WEIR4, WEIR6
from harness.net import expect, receive_exactly, run
from harness.packets import checksum, ethernet, kind_of, network, pseudo, udp
from harness.registry import check

_SECRET = b"nobody else is to read this"
# What a worker refuses for want of room, which a replay has (docs/replay.md).
_NO_ROOM = {"tcp_overload", "tcp_table_full", "frames_exhausted", "frames_no_room"}


def switch_on(lab):
    path = pathlib.Path(lab.weir.config)
    text = path.read_text()
    path.write_text(text + "[recorder]\nmemory = 4M\nframe-bytes = 256\n")
    reply = lab.weir.json("reload")
    expect(reply["applied"], f"{reply}")
    return lambda: (path.write_text(text), lab.weir.json("reload"))


def replay(lab, path, code=0):
    done = subprocess.run([lab.programs.weir, "--replay", path, "--json"], text=True, capture_output=True,
                          env=lab.programs.environment, timeout=60 * lab.programs.patience)
    expect(done.returncode == code, f"exit {done.returncode}: {done.stderr[-600:]} {done.stdout[-600:]}")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stdout


def echo(lab, address, text):
    with lab.ns.connect(address, ECHO, timeout=10) as s:
        for _ in range(20):
            s.sendall(text)
            expect(receive_exactly(s, len(text)) == text, "echo")
        yield s


def all_as_in_life(lines, frames, handed_over):
    """Each frame of a complete recording was played and met what it met in life, but those that a worker handed over and
    those for which there was no room."""
    *lines, end = lines
    received = [line for line in lines if line["direction"] == "received"]
    fates = collections.Counter(line["fate"] for line in received)
    expect(set(fates) <= {"same", "other_worker", "no_room"}, f"{[line for line in received if line['fate'] == 'differs'][:9]}")
    expect(fates["same"] > 0 and fates["other_worker"] <= handed_over, f"{fates}, {handed_over} handed over")
    reasons = {line["life"]["reason"] for line in received if line["fate"] == "no_room"}
    expect(reasons <= _NO_ROOM, f"left out: {reasons}")
    expect(end["same"] == fates["same"] and end["differ"] == 0 and end["complete"], f"{end}, {fates}")
    expect(end["frames"] == len(received) == frames, f"{end}, recorded {frames}")


@check("one-worker", "two-workers", "af-packet", "vlan", sanitizer=True)
def a_recording_runs_again_as_it_was(lab):
    path = f"{lab.directory}/odd.weir"
    off = lab.weir.ctl("record", path, check=False)
    expect(off.returncode == 1 and "[recorder]" in off.stderr, f"{off}")
    before = lab.weir.total("handoff_out")
    switch_off = switch_on(lab)
    try:
        talks = [echo(lab, address, _SECRET) for address in (WEIR4, WEIR6)]
        for talk in talks:
            next(talk)
        lab.curl(f"http://{WEIR4}:{HTTP}/")
        first = lab.weir.json("record", path)
        expect(first["frames"] > 50 and not first["payload"], f"{first}")
        lines, words = replay(lab, path)
        all_as_in_life(lines, first["frames"], lab.weir.total("handoff_out") - before)
        expect(replay(lab, path)[1] == words, "the second replay says something else")
        data = pathlib.Path(path).read_bytes()
        expect(_SECRET not in data, "the payload is in the file")
        told = run(["tcpdump", "-nr", path]).stdout.splitlines()
        expect(len(told) == first["frames"], f"tcpdump sees {len(told)} of {first['frames']}")
        comments = [comment for _, comment, _ in packets_of(path)]
        expect(any("verdict=delivered" in comment for comment in comments), f"{comments[:5]}")
        # What was open before the second recording began goes on from where it stood.
        for talk in talks:
            next(talk, None)
        second = lab.weir.json("record", path, "--payload")
        lines, _ = replay(lab, path)
        all_as_in_life(lines, second["frames"], lab.weir.total("handoff_out") - before)
        expect(second["payload"], f"{second}")
        expect(lines[-1]["connections"] >= 2, f"{lines[-1]}")
    finally:
        switch_off()


@check("one-worker")
def a_recording_says_why_a_frame_was_refused(lab):
    switch_off = switch_on(lab)
    try:
        try:
            lab.ns.connect(WEIR4, 4997, timeout=5)
        except ConnectionRefusedError:
            pass
        path = f"{lab.directory}/refused.weir"
        lab.weir.ctl("record", path)
        text = run([str(lab.programs.weir), "--replay", path]).stdout
        line = [line for line in text.splitlines() if f"> {WEIR4}:4997 tcp S" in line]
        expect(len(line) == 1 and line[0].endswith("[answered (tcp_no_listener)]"), f"{line}")
        expect(f"{KERNEL4}:" in line[0], line[0])
    finally:
        switch_off()


def unreachable(source, to, quote):
    """An ICMP error: nobody has this port."""
    v6 = ":" in source
    message = struct.pack("!BBHI", *((1, 4) if v6 else (3, 3)), 0, 0) + quote
    value = checksum((pseudo(source, to, 58, len(message)) if v6 else b"") + message)
    return network(source, to, 58 if v6 else 1, message[:2] + struct.pack("!H", value) + message[4:])


@check("one-worker", sanitizer=True)
def what_an_icmp_error_quotes_is_left_out(lab):
    path = pathlib.Path(lab.directory, "quote.weir")

    def recorded(*options):
        to, mine = bytes.fromhex(lab.weir_mac().replace(":", "")), lab.ns.mac_of(lab.interface)
        with lab.ns.raw(lab.interface) as wire:
            for kernel, weir in ((KERNEL4, WEIR4), (KERNEL6, WEIR6)):
                quote = udp(weir, kernel, ECHO, 5000, _SECRET)
                wire.send(ethernet(to, mine, kind_of(kernel), unreachable(kernel, weir, quote)))
        lab.wait_for_ping(WEIR4)  # which comes behind them
        lab.weir.ctl("record", path, *options)
        told = replay(lab, path)[1]
        expect("icmp type 3 code 3" in told and "icmp6 type 1 code 4" in told, told)
        return path.read_bytes()

    switch_off = switch_on(lab)
    try:
        expect(_SECRET[:8] not in recorded(), "the text that they quote is in the file")
        expect(recorded("--payload").count(_SECRET) == 2, "and is not when it is asked for")
    finally:
        switch_off()


@check("command-line", sanitizer=True)
def a_replay_of_anything_else_is_one_sentence(lab):
    def refused(path, code):
        done = subprocess.run([lab.programs.weir, "--replay", path], text=True, capture_output=True,
                              env=lab.programs.environment)
        expect(done.returncode == code and not done.stdout, f"{done}")
        expect(done.stderr.startswith("weir: cannot ") and done.stderr.count("\n") == 1, done.stderr)
        return done.stderr
    expect("No such file" in refused(f"{lab.directory}/nothing", 66), "which file?")
    other = pathlib.Path(lab.directory, "other")
    other.write_bytes(b"something else" * 10)
    expect("no recording" in refused(other, 65), "what is wrong?")
