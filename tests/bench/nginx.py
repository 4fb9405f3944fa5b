#!/usr/bin/env python3
"""Weir's http service beside nginx on the kernel: the same veth, the same file, the same clients.

  nginx.py BUILD RESULTS.json [--quick]

Clients: weir-load through net_af_packet, and wrk through the kernel. The server has CPU 1 for itself. What a
request costs the server is nginx's processor time (user and system) and the time that Weir's worker was busy; what
the kernel does for nginx in the client's soft interrupts, on CPU 0, is in neither."""

import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from harness.net import die_with_parent  # noqa: E402

SERVER, CLIENT = "198.18.0.1", "198.18.0.2"
FILE = 100  # bytes
TICKS = os.sysconf("SC_CLK_TCK")
CLIENT_SPACE, SERVER_SPACE = f"weir-bench-{os.getpid()}-c", f"weir-bench-{os.getpid()}-s"

WEIR = """
[port p0]
device = net_af_packet0,iface=vs
address = {server}/24
dad = off
[workers]
cpus = 1
idle = poll
[tcp]
msl = 1s
[control]
socket = {folder}/control
group =
[service web]
handler = http
listen = :80/tcp
root = {folder}/www
"""

NGINX = """
worker_processes 1; worker_cpu_affinity 10; daemon off; error_log {folder}/nginx.err; pid {folder}/nginx.pid;
events {{ worker_connections 4096; use epoll; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; tcp_nodelay on; open_file_cache max=100;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen {server}:80 backlog=4096; root {folder}/www; }}
}}
"""

# name, words for weir-load, words for wrk
CASES = [("requests on 100 kept connections", ["-c", "100"], []),
         ("connections of one request, 100 at once", ["-c", "100", "-n", "1"],
          ["-H", "Connection: close"])]


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more)


@contextlib.contextmanager
def link():
    """Two namespaces and a cable between them, for the time of the block."""
    try:
        make_link()
        yield
    finally:
        for space in (CLIENT_SPACE, SERVER_SPACE):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)


def make_link():
    for space in (CLIENT_SPACE, SERVER_SPACE):
        run("ip", "netns", "add", space)
    run("ip", "link", "add", "vc", "netns", CLIENT_SPACE, "type", "veth", "peer", "name", "vs", "netns",
        SERVER_SPACE)
    for space, port in ((CLIENT_SPACE, "vc"), (SERVER_SPACE, "vs")):
        run("ip", "netns", "exec", space, "sysctl", "-qw", f"net.ipv6.conf.{port}.disable_ipv6=1")
        run("ip", "-n", space, "link", "set", port, "up")
        run("ip", "netns", "exec", space, "ethtool", "-K", port, "tx", "off", "rx", "off", "tso", "off", "gso",
            "off", "gro", "off")


@contextlib.contextmanager
def running(words, log):
    """A server that has ended when the block has."""
    process = subprocess.Popen(["ip", "netns", "exec", SERVER_SPACE, *words], stdin=subprocess.DEVNULL, stdout=log,
                               stderr=log, preexec_fn=die_with_parent)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def family(pid):
    """The process and its children."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def processor_seconds(pid):
    ticks = 0
    for one in family(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


class Weir:
    name = "Weir"

    def __init__(self, build, folder):
        config = folder / "weir.conf"
        config.write_text(WEIR.format(folder=folder, server=SERVER))
        self.build, self.control, self.words = build, folder / "control", [build / "weir", "-c", config]

    def wait(self, _process):
        for _ in range(100):
            if self.control.exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        begin, cycles = time.monotonic(), tsc()
        time.sleep(0.5)
        self.hertz = (tsc() - cycles) / (time.monotonic() - begin)

    def used(self):
        done = run(self.build / "weirctl", "-S", self.control, "--json", "workers")
        return sum(w["busy_cycles"] for w in json.loads(done.stdout)["workers"]) / self.hertz


class Nginx:
    name = "nginx"

    def __init__(self, _build, folder):
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, server=SERVER))
        self.words = ["nginx", "-c", config]
        run("ip", "-n", SERVER_SPACE, "addr", "add", f"{SERVER}/24", "dev", "vs")

    def wait(self, process):
        self.pid = process.pid
        time.sleep(1)

    def used(self):
        return processor_seconds(self.pid)


def tsc():
    """The time-stamp counter, by a page of machine code: rdtsc; shl rdx,32; or rax,rdx; ret."""
    import ctypes
    import mmap
    if not hasattr(tsc, "call"):
        tsc.page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        tsc.page.write(b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3")
        at = ctypes.addressof(ctypes.c_char.from_buffer(tsc.page))
        tsc.call = ctypes.CFUNCTYPE(ctypes.c_uint64)(at)
    return tsc.call()


def by_weir_load(build, words, seconds):
    done = run("ip", "netns", "exec", CLIENT_SPACE, build / "weir-load", "http", f"http://{SERVER}/small", "--device",
               "net_af_packet0,iface=vc", "--address", f"{CLIENT}/24", "--cpus", "0", "--json", "--time",
               f"{seconds}s", *words, timeout=60)
    summary = json.loads(done.stdout)
    if not summary["clean"]:
        sys.exit(f"weir-load: {done.stdout}")
    return summary["answers"]["count"], summary["answers"]["count"] / summary["seconds"], summary["answer_us"]["p99"]


def by_wrk(_build, words, seconds):
    done = run("ip", "netns", "exec", CLIENT_SPACE, "taskset", "-c", "0", "wrk", "-t", "1", "-c", "100", "-d",
               f"{seconds}s", "--latency", *words, f"http://{SERVER}/small", timeout=60)
    count = int(re.search(r"(\d+) requests in", done.stdout)[1])
    if "Non-2xx" in done.stdout or re.search(r"Socket errors: connect [1-9]", done.stdout) or count == 0:
        sys.exit(f"wrk: {done.stdout}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    worst = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    return count, rate, float(worst[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[worst[2]]


def measure(server, build, quick):
    rows = []
    repeats, seconds = (1, 2) if quick else (5, 3)
    for client, by in (("weir-load", by_weir_load), ("wrk", by_wrk)):
        if by is by_wrk:
            run("ip", "-n", CLIENT_SPACE, "addr", "add", f"{CLIENT}/24", "dev", "vc")
        for name, load_words, wrk_words in CASES:
            runs = []
            for _ in range(repeats):
                used = server.used()
                count, rate, p99 = by(build, load_words if by is by_weir_load else wrk_words, seconds)
                runs.append((rate, 1e6 * (server.used() - used) / count, p99))
                time.sleep(2)  # the server's TIME-WAIT
            row = {"server": server.name, "client": client, "name": name}
            for i, key in enumerate(("rate", "microseconds", "p99")):
                values = sorted(r[i] for r in runs)
                row[key] = [statistics.median(values), values[0], values[-1]]
            rows.append(row)
            print(f"{server.name:6} {client:10} {name}: {row['rate'][0]:,.0f} a second, "
                  f"{row['microseconds'][0]:.2f} us of the server each, p99 {row['p99'][0]:,.0f} us", flush=True)
        if by is by_wrk:
            run("ip", "-n", CLIENT_SPACE, "addr", "del", f"{CLIENT}/24", "dev", "vc")
    return rows


def main():
    build, results = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    rows = []
    for kind in (Nginx, Weir):
        with tempfile.TemporaryDirectory() as name, link():
            folder = pathlib.Path(name)
            folder.chmod(0o755)  # nginx's worker is nobody
            (folder / "www").mkdir()
            (folder / "www/small").write_bytes(b"x" * FILE)
            server = kind(build, folder)
            with open(folder / "log", "w") as log, running(server.words, log) as process:
                server.wait(process)
                rows += measure(server, build, "--quick" in sys.argv)
    results.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
