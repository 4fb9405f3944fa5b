"""Each service, open ports, closed ports."""
import re
import socket
import time

from harness.lab import (BOTH, CHARGEN, DAYTIME, DISCARD, ECHO, HOLD, OPEN_TCP, OPEN_UDP, RESPOND,
                         WEIR4, WEIR6)
from harness.net import expect, receive_all, receive_exactly, wait_for
from harness.registry import check

ALL = ("one-worker", "two-workers", "af-packet")


@check(*ALL, sanitizer=True)
def udp_echo_of_all_sizes(lab):
    for address in BOTH:
        s = lab.ns.datagrams(address, ECHO)
        for size in (0, 1, 2, 511, 1400, 1472 if ":" not in address else 1452):
            datagram = bytes(i & 0xFF for i in range(size))
            s.send(datagram)
            expect(s.recv(65536) == datagram, f"{address}: {size} bytes")


@check("one-worker", "two-workers", sanitizer=True)
def daytime_tells_the_time_and_closes(lab):
    for address in BOTH:
        with lab.ns.connect(address, DAYTIME) as s:
            line = receive_all(s).decode()
        expect(str(time.gmtime().tm_year) in line and line.endswith("\n"), f"{address}: {line!r}")


@check("one-worker", "two-workers", sanitizer=True)
def chargen_turns_its_pattern(lab):
    """RFC 864: 72 printable characters a line, each line begins one later."""
    for address in BOTH:
        with lab.ns.connect(address, CHARGEN) as s:
            lines = receive_exactly(s, 74 * 500).split(b"\r\n")[:-1]
        expect(len(lines) == 500, f"{address}: {len(lines)} lines")
        for a, b in zip(lines, lines[1:]):
            expect(len(a) == 72 and a[1:] == b[:-1], f"{address}: {a!r} then {b!r}")


@check("one-worker", "two-workers", sanitizer=True)
def respond_answers_with_its_size_and_closes(lab):
    for address in BOTH:
        with lab.ns.connect(address, RESPOND) as s:
            s.sendall(b"anything")
            answer = receive_all(s)
            expect(len(answer) == 100, f"{address}: {len(answer)} bytes")
        u = lab.ns.datagrams(address, RESPOND)
        for asked, told in ((1, 1), (100, 100), (1000, 100)):
            u.send(bytes(asked))
            got = len(u.recv(65536))
            expect(got == told, f"{address}: {got} bytes for a datagram of {asked}")


@check("one-worker", "two-workers", sanitizer=True)
def discard_takes_everything(lab):
    for address in BOTH:
        with lab.ns.connect(address, DISCARD) as s:
            for _ in range(64):
                s.sendall(bytes(1 << 16))
            s.shutdown(socket.SHUT_WR)
            expect(receive_all(s) == b"", f"{address}: discard answered")
        u = lab.ns.datagrams(address, DISCARD, timeout=0.3)
        u.send(b"into the void")
        try:
            u.recv(100)
            expect(False, f"{address}: UDP discard answered")
        except socket.timeout:
            pass


@check(*ALL, sanitizer=True)
def closed_ports_refuse(lab):
    for address in BOTH:
        try:
            lab.ns.connect(address, 4).close()
            expect(False, f"{address}: port 4 is open")
        except ConnectionRefusedError:
            pass
        s = lab.ns.datagrams(address, 4)
        s.send(b"anyone?")
        try:
            s.recv(100)
            expect(False, f"{address}: UDP port 4 answered")
        except ConnectionRefusedError:
            pass


def scanned(lab, *options):
    out = lab.ns.run("nmap", "-n", "-Pn", "-T4", "--max-retries", 3, "-oG", "-", *options,
                     timeout=180).stdout
    found = {}
    for port, state in re.findall(r"(\d+)/([a-z|]+)/(?:tcp|udp)", out):
        found.setdefault(state, set()).add(int(port))
    return found


@check("one-worker")
def nmap_finds_exactly_the_open_ports(lab):
    for address in BOTH:
        family = ["-6"] if ":" in address else []
        for way in ("-sS", "-sT"):
            found = scanned(lab, *family, way, "-p", "1-1024,8080,9000-9001", address)
            expect(found.get("open") == OPEN_TCP, f"{way} {address}: open {found.get('open')}")
            expect(not found.get("filtered"), f"{way} {address}: silent {found.get('filtered')}")
        found = scanned(lab, *family, "-sU", "-p", "1-30,9001", address)
        answering = found.get("open", set()) | found.get("open|filtered", set())
        expect(answering == OPEN_UDP, f"-sU {address}: {found}")


@check("one-worker", "two-workers", sanitizer=True)
def hold_closes_its_window(lab):
    """The peer can send no more than a window; the connection stays, through SIGTERM too."""
    for address in BOTH:
        s = lab.keep(lab.ns.connect(address, HOLD, timeout=1.5))
        sent = 0
        try:
            while sent < 64 << 20:
                sent += s.send(bytes(1 << 16))
        except socket.timeout:
            pass
        expect(0 < sent < 64 << 20, f"{address}: hold took {sent} bytes")
        held = lab.weir.json("flows", "service", "hold", "state", "established")["flows"]
        expect(held and all(f["service"] == "hold" for f in held),
               "weirctl flows does not show the held connection")


@check("one-worker", "two-workers")
def flows_shows_ten_thousand_connections(lab):
    crowd = []
    try:
        for i in range(lab.sizes.flows):
            crowd.append(lab.ns.connect(BOTH[i % 2], ECHO, timeout=10))

        start = time.monotonic()
        wait_for(lambda: len(echoes(lab)) >= len(crowd), 10, f"{len(crowd)} established flows")
        expect(time.monotonic() - start < 5, "weirctl flows is slow")
        text = lab.weir.ctl("flows", "service", "echo", "--limit", 20000).stdout
        expect(len(text.splitlines()) >= len(crowd), f"{len(text.splitlines())} lines of flows")
        for s in (crowd[0], crowd[-1]):  # they still live
            s.sendall(b"there?")
            expect(receive_exactly(s, 6) == b"there?", "an old connection is dead")
    finally:
        for s in crowd:
            s.close()
    wait_for(lambda: not echoes(lab), 20, "closed connections are established no more")


def echoes(lab):
    return lab.weir.json("flows", "service", "echo", "state", "established", "--limit",
                         20000)["flows"]


@check("one-worker", "two-workers", sanitizer=True)
def flow_filters(lab):
    with lab.ns.connect(WEIR4, ECHO), lab.ns.connect(WEIR6, HOLD):
        def lines(*words):
            return len(lab.weir.json("flows", *words)["flows"])
        expect(lines("service", "echo") >= 1, "service echo")
        expect(lines("service", "hold") >= 1, "service hold")
        expect(lines("state", "established") >= 2, "state established")
        expect(lines("service", "daytime", "state", "established") == 0, "service daytime")
        wrong = lab.weir.ctl("flows", "servise", "echo", check=False)
        expect(wrong.returncode in (1, 2) and wrong.stderr.strip(), "a mistyped filter passes")
