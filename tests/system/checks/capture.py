"""Frames of a running daemon: captured, told as a story, and why they were refused."""
import contextlib
import pathlib
import re
import socket
import struct
import subprocess

from harness.lab import ECHO, HTTP, KERNEL4, KERNEL6, WEIR4, WEIR6
from harness.net import die_with_parent, expect, killed_afterwards, receive_exactly, run, wait_for
from harness.registry import check

NOBODY = 4999
PACKET, STATISTICS = 6, 5
COMMENT, FLAGS = 1, 2


def blocks_of(data):
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("=II", data, at)
        expect(length >= 12 and at + length <= len(data), f"a block of {length} bytes at {at}")
        yield kind, data[at + 8:at + length - 4]
        at += length


def options_of(body, at):
    while True:
        code, length = struct.unpack_from("=HH", body, at)
        if code == 0:
            return
        yield code, body[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def packets_of(path):
    """(bytes, comment, direction) of each packet."""
    with open(path, "rb") as file:
        data = file.read()
    packets, complete = [], False
    for kind, body in blocks_of(data):
        complete |= kind == STATISTICS
        if kind != PACKET:
            continue
        captured, = struct.unpack_from("=I", body, 12)
        options = dict(options_of(body, 20 + (captured + 3) // 4 * 4))
        packets.append((body[20:20 + captured], options.get(COMMENT, b"").decode(),
                        struct.unpack("=I", options[FLAGS])[0]))
    expect(complete, f"{path}: no statistics at its end")
    return packets


@contextlib.contextmanager
def capturing(lab, *words):
    """weirctl in the background; what it captured is read after ended()."""
    process = subprocess.Popen([lab.programs.weirctl, "-S", lab.weir.socket, *words], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=lab.programs.environment,
                               preexec_fn=die_with_parent)
    with killed_afterwards(process):
        # A file has its first bytes when the daemon has begun.
        if "-w" in words:
            path = pathlib.Path(words[words.index("-w") + 1])
            wait_for(lambda: path.exists() and path.stat().st_size, 20 * lab.programs.patience, str(path))
        yield process


def ended(lab, capture):
    """What it wrote on both outputs."""
    out, err = capture.communicate(timeout=60 * lab.programs.patience)
    expect(capture.returncode == 0, f"exit {capture.returncode}: {err}")
    return out, err


def talk(lab, text=b"hello"):
    with lab.ns.connect(WEIR4, ECHO, timeout=10) as s:
        s.sendall(text)
        expect(receive_exactly(s, len(text)) == text, "echo")


def until_ended(capture, action):
    """A capture with -c ends once it has seen enough: the traffic goes on until then."""
    for _ in range(200):
        if capture.poll() is not None:
            return
        action()


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def capture_writes_what_tcpdump_reads(lab):
    path = f"{lab.directory}/echo.pcapng"
    with capturing(lab, "capture", "-w", path, "-c", "40", "tcp", "port", str(ECHO)) as capture:
        until_ended(capture, lambda: talk(lab))
        ended(lab, capture)
    packets = packets_of(path)
    expect(len(packets) == 40, f"{len(packets)} packets")
    received = [p for p in packets if p[2] == 1]
    sent = [p for p in packets if p[2] == 2]
    expect(received and sent, f"{len(received)} received, {len(sent)} sent")
    expect(all("verdict=" in comment for _, comment, _ in received), f"{received[0][1]}")
    expect(any("state=" in comment and "flow=" in comment for _, comment, _ in received), "no flow")
    expect(any(b"hello" in data for data, _, _ in packets), "the text is nowhere")
    ports = [struct.unpack_from("!HH", data, 34) for data, _, _ in packets]
    expect(all(ECHO in pair for pair in ports), f"others than asked for: {ports}")
    read = run(["tcpdump", "-nr", path]).stdout
    told = re.findall(r"^\S+ IP \S+\.(\d+) > \S+\.(\d+): Flags \[", read, re.M)
    expect([tuple(map(int, pair)) for pair in told] == ports, f"tcpdump reads {read}")


@check("one-worker", sanitizer=True)
def capture_of_drops_names_the_reason(lab):
    path = f"{lab.directory}/drops.pcapng"

    def knock():
        talk(lab)
        with lab.ns.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(10)
            expect(s.connect_ex((WEIR4, NOBODY)) != 0, "somebody listens there")

    with capturing(lab, "capture", "-w", path, "-c", "3", "--drops=tcp_no_listener") as capture:
        until_ended(capture, knock)
        ended(lab, capture)
    comments = [comment for _, comment, _ in packets_of(path)]
    expect(comments == ["verdict=answered reason=tcp_no_listener"] * 3, f"{comments}")
    why = lab.weir.json("why", KERNEL4)
    expect(why["frames"][-1]["reason"] == "tcp_no_listener", f"{why}")
    expect(f":{NOBODY} tcp S" in why["frames"][-1]["summary"], f"{why}")


@check("one-worker", "two-workers")
def capture_to_the_screen_ends_at_its_time(lab):
    with capturing(lab, "capture", "-G", "2", "icmp", "or", "icmp6") as capture:
        until_ended(capture, lambda: [lab.ns.run("ping", "-c", "1", "-W", "2", a) for a in (WEIR4, WEIR6)])
        out, err = ended(lab, capture)
    expect("[answered]" in out and "icmp6 type" in out, out)
    expect("frames (the time is over" in err, err)


@check("one-worker")
def a_trace_tells_a_story(lab):
    with capturing(lab, "trace", "-c", "12", "tcp", "port", str(ECHO)) as capture:
        until_ended(capture, lambda: talk(lab))
        out, _ = ended(lab, capture)
    for words in ("headers read and checked; service echo listens there", "no connection yet",
                  "CLOSED -> SYN-RECEIVED", "verdict", "TcpInSegs +1", "sent by"):
        expect(words in out, f"no '{words}' in:\n{out}")


@check("one-worker", "two-workers")
def five_captures_are_one_too_many(lab):
    def refused():
        fifth = lab.weir.ctl("capture", "-G", "1", "tcp port 4998", check=False)
        return fifth.returncode == 1 and "4 captures run already" in fifth.stderr

    with contextlib.ExitStack() as stack:
        four = [stack.enter_context(capturing(lab, "capture", "-w", f"{lab.directory}/{i}.pcapng",
                                              "tcp port 4998")) for i in range(4)]
        wait_for(refused, 20, "the fifth to be refused")
        for capture in four:
            capture.terminate()  # as Ctrl-C: it is told to end
        for capture in four:
            ended(lab, capture)
    expect(lab.weir.ctl("capture", "-G", "1", "tcp port 4998").returncode == 0, "the places are free")


@check("one-worker")
def wrk_goes_on_while_it_is_watched(lab):
    path = f"{lab.directory}/load.pcapng"
    with capturing(lab, "capture", "-w", path, "-G", "3", "-s", "96", "-c", "1000000") as capture:
        result = lab.ns.run("wrk", "-t1", "-c20", "-d2s", f"http://{WEIR4}:{HTTP}/", timeout=60)
        expect("Socket errors" not in result.stdout, result.stdout)
        ended(lab, capture)
    expect(packets_of(path), "nothing was seen")


@check("one-worker", "two-workers", "af-packet", "vlan", sanitizer=True)
def ping_and_arping_from_the_data_plane(lab):
    for kernel in (KERNEL4, KERNEL6):
        for command in ("ping", "arping"):
            # A kernel joins the group of a fresh IPv6 address a moment later: the first may be lost.
            done = lab.weir.ctl(command, "-c", "3", kernel, check=False, timeout=30)
            expect(done.returncode == 0 and "answered 0" not in done.stdout,
                   f"{command} {kernel}: {done.returncode} {done.stdout}{done.stderr}")
    silent = lab.weir.ctl("arping", "-c", "1", "198.18.0.77", check=False, timeout=30)
    expect(silent.returncode == 1 and "no answer" in silent.stdout, f"{silent.stdout}{silent.stderr}")
    nowhere = lab.weir.ctl("arping", "203.0.113.9", check=False)
    expect(nowhere.returncode == 2 and "on no port's link" in nowhere.stderr, nowhere.stderr)
