"""HTTP: files that are larger than the cache, sent while another thread reads them."""
import hashlib
import os
import pathlib
import random
import re
import subprocess

from harness.lab import BOTH, FILES
from harness.net import expect, receive_all, url, wait_for
from harness.registry import check

_CACHE, _POOL = 16, 8  # MB


def serve(lab, megabytes, root=None):
    """A daemon whose cache is small beside its large file, below another root perhaps. Returns the file."""
    lab.ns = lab.namespace()
    lab.make_files(megabytes)
    text = lab.config("net_tap0,iface=weir0")
    text = text.replace("[service files]\n", f"[service files]\ncache = {_CACHE}M\n")
    text = text.replace("[memory]\n", f"[memory]\nread-ahead = {_POOL}M\n")
    if root is not None:
        text = text.replace(f"root = {lab.www}\n", f"root = {root}\n")
    lab.weir = lab.daemon(lab.ns, "weir", text)
    lab.weir.wait_ready()
    lab.prepare_peer()
    return pathlib.Path(lab.www, "big.bin")


def figures(lab):
    return lab.weir.json("memory")["read_ahead"]


def bytes_read_by(lab, thread):
    """What a thread of that name has read from whatever it reads, packets of a tap too."""
    for task in pathlib.Path(f"/proc/{lab.weir.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == thread:
            return int(re.search(r"rchar: (\d+)", (task / "io").read_text())[1])
    raise AssertionError(f"no thread {thread}")


def ask(lab, address):
    """A client that has asked, and has read nothing; it hears of a reset by an OSError."""
    s = lab.ns.connect(address, FILES, timeout=60, receive_buffer=4096)
    s.sendall(b"GET /big.bin HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n")
    return s


def body_of(s, before=b""):
    return (before + receive_all(s)).split(b"\r\n\r\n", 1)[1]


def hashed(lab, address):
    """A client in the background that tells the SHA-256 of what it gets."""
    there = url(address, "/big.bin", FILES)
    return lab.ns.start("sh", "-c", f"curl -sS --noproxy '*' -g --fail --max-time 300 '{there}' | sha256sum",
                        stdout=subprocess.PIPE, text=True)


def all_is_given_back(lab):
    wait_for(lambda: figures(lab)["streams"] == 0 and figures(lab)["free"] == figures(lab)["chunks"],
             10 * lab.programs.patience, f"chunks are missing: {figures(lab)}")


@check("devices", sanitizer=True)
def a_file_larger_than_the_cache_arrives_whole(lab):
    """Six that read as fast as they can, with ranges beside them, and one that reads nothing meanwhile."""
    file = serve(lab, 60 if lab.programs.sanitizer else 300)
    content = file.read_bytes()
    expected = hashlib.sha256(content).hexdigest()
    before = {name: bytes_read_by(lab, name) for name in ("weir-w0", "weir-reader")}
    idle = ask(lab, BOTH[1])
    clients = [hashed(lab, address) for address in BOTH * 3]
    lot = random.Random(1)
    for turn in range(20):
        first = lot.randrange(len(content))
        last = min(len(content) - 1, first + lot.randrange(2_000_000))
        part = lab.ns.run("sh", "-c", f"curl -sS --noproxy '*' -g --fail -r {first}-{last} "
                          f"'{url(BOTH[turn % 2], '/big.bin', FILES)}' | sha256sum", timeout=120).stdout
        expect(part.split()[0] == hashlib.sha256(content[first:last + 1]).hexdigest(), f"{first}-{last}")
    for client in clients:
        told = client.communicate(timeout=300)[0].split()[0]
        expect(told == expected, "another SHA-256")
    read = {name: bytes_read_by(lab, name) - before[name] for name in before}
    expect(read["weir-reader"] >= 6 * len(content), f"the reader read {read}")
    expect(read["weir-w0"] < 6 * len(content) / 4, f"the worker read more than acknowledgements: {read}")
    expect(hashlib.sha256(body_of(idle)).hexdigest() == expected, "who paused gets something else")
    state = figures(lab)
    expect(state["chunks"] * state["chunk_bytes"] == _POOL << 20, f"{state}")
    expect(state["failures"] == state["overdue"] == 0 and state["bytes"] > 7 * len(content), f"{state}")
    expect(lab.get(BOTH[0], "/small.txt", FILES) == pathlib.Path(lab.www, "small.txt").read_text(), "small")
    all_is_given_back(lab)
    lab.weir.check_sums()
    lab.weir.stop()


@check("devices", sanitizer=True)
def a_file_that_changes_is_never_sent_wrong(lab):
    """Written to: a reset. Renamed over: whole as it was. Either way the next one gets the next."""
    file = serve(lab, 30)
    old = file.read_bytes()
    s = ask(lab, BOTH[0])
    part = s.recv(100_000)
    with open(file, "r+b") as same:
        same.seek(20 << 20)
        same.write(b"x" * 1000)
    try:
        part += receive_all(s)
        ended = False
    except OSError:
        ended = True
    got = part.split(b"\r\n\r\n", 1)[1]
    expect(ended and old.startswith(got), f"{len(got)} bytes, reset: {ended}")
    wait_for(lambda: "event=file_failed" in lab.weir.log_text() and str(file) in lab.weir.log_text(), 10,
             "the log says nothing")
    expect(figures(lab)["failures"] > 0, f"{figures(lab)}")
    changed = file.read_bytes()
    wait_for(lambda: lab.ns.run("sh", "-c", f"curl -s --noproxy '*' '{url(BOTH[0], '/big.bin', FILES)}' | sha256sum")
             .stdout.split()[0] == hashlib.sha256(changed).hexdigest(), 20, "the file as it is now", every=0.5)
    s = ask(lab, BOTH[1])
    part = s.recv(100_000)
    following = os.urandom(20 << 20)
    pathlib.Path(lab.www, "next").write_bytes(following)
    os.rename(f"{lab.www}/next", file)
    wait_for(lambda: lab.ns.run("sh", "-c", f"curl -s --noproxy '*' '{url(BOTH[0], '/big.bin', FILES)}' | sha256sum")
             .stdout.split()[0] == hashlib.sha256(following).hexdigest(), 20, "the next file", every=0.5)
    expect(body_of(s, part) == changed, "who began with the last one gets something else")
    all_is_given_back(lab)
    lab.weir.stop()


@check("devices", sanitizer=True)
def a_reload_lets_large_files_finish(lab):
    """The service becomes another one while a response is on its way; its place serves on. Two workers."""
    lab.cpus = "0,1"
    file = serve(lab, 30)
    s = ask(lab, BOTH[0])
    part = s.recv(100_000)
    config = pathlib.Path(lab.weir.config)
    for turn in range(3):
        text = config.read_text()
        text = re.sub(r"(\[service files\]\n)(header-timeout = \d+s\n)?", rf"\1header-timeout = {turn + 3}s\n", text)
        config.write_text(text)
        expect(lab.weir.json("reload")["applied"], "not applied")
        told = hashed(lab, BOTH[1]).communicate(timeout=60)[0].split()[0]
        expect(told == hashlib.sha256(file.read_bytes()).hexdigest(), "after the reload")
    expect(body_of(s, part) == file.read_bytes(), "who began before gets something else")
    all_is_given_back(lab)
    lab.weir.stop()


@check("devices")
def who_does_not_read_gives_way_to_who_waits(lab):
    """More clients than chunks, none of which reads; then one that does."""
    file = serve(lab, 30)
    crowd = [ask(lab, BOTH[i % 2]) for i in range(figures(lab)["chunks"] + 4)]
    wait_for(lambda: figures(lab)["free"] == 0 and figures(lab)["waiting"] > 0, 10, "no chunk is scarce")
    told = hashed(lab, BOTH[0]).communicate(timeout=300)[0].split()[0]
    expect(told == hashlib.sha256(file.read_bytes()).hexdigest(), "another SHA-256")
    expect(figures(lab)["overdue"] > 0, f"{figures(lab)}")
    for s in crowd:
        s.close()
    all_is_given_back(lab)
    lab.weir.check_sums()
    lab.weir.stop()


@check("devices")
def a_reload_may_bring_the_first_files(lab):
    """The memory for chunks is made when somebody wants it; a daemon without files has none."""
    file = serve(lab, 30, root="")
    expect(figures(lab)["chunks"] == 0, f"{figures(lab)}")
    config = pathlib.Path(lab.weir.config)
    config.write_text(config.read_text().replace("root = \n", f"root = {file.parent}\n"))
    expect(lab.weir.json("reload")["applied"], "not applied")
    told = hashed(lab, BOTH[0]).communicate(timeout=60)[0].split()[0]
    expect(told == hashlib.sha256(file.read_bytes()).hexdigest(), "another SHA-256")
    expect(figures(lab)["chunks"] * figures(lab)["chunk_bytes"] == _POOL << 20, f"{figures(lab)}")
    lab.weir.stop()


@check("command-line")
def without_read_ahead_what_does_not_fit_is_refused(lab):
    lab.ns = lab.namespace()
    lab.make_files(30)
    text = lab.config("net_null0").replace("[service files]\n", f"[service files]\ncache = {_CACHE}M\n")
    weir = lab.daemon(lab.ns, "refused", text.replace("[memory]\n", "[memory]\nread-ahead = off\n"))
    expect(weir.process.wait(30 * lab.programs.patience) == 78, f"exit {weir.process.returncode}")
    expect("[service files]" in weir.log_text() and "read-ahead" in weir.log_text(), weir.log_tail())
