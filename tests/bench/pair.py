#!/usr/bin/env python3
"""Weir on one CPU and weir-load on another, joined by shared memory (net_memif): what the server does a
second, how long an answer takes, and the server's busy cycles for each.

  pair.py BUILD RESULTS.json [--quick]

On a shared host the distance between two CPUs changes within seconds: it is measured (c2c) before and after
each run, and a run between whose two measures it doubled is thrown away."""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SERVER, CLIENT = "198.18.0.2", "198.18.0.9"
FILE = 100  # bytes

CONFIG = """
[port p0]
device = net_memif0,role=server,socket={socket},socket-abstract=no
address = {server}/24
dad = off
[workers]
cpus = {cpu}
idle = poll
# What the server closed first is in TIME-WAIT, and the next run comes with the same ports and other
# sequence numbers.
[tcp]
msl = 1s
[control]
socket = {control}
group =
[service echo]
handler = echo
listen = :7
[service respond]
handler = respond
listen = :9001/tcp
close = after-reply
[service discard]
handler = discard
listen = :9/tcp
[service chargen]
handler = chargen
listen = :19/tcp
[service web]
handler = http
listen = :80/tcp
root = {www}
"""

# name, unit, words for weir-load, what is counted
CASES = [
    ("short connections: open, a request, an answer, close", "connection",
     ["respond", f"{SERVER}:9001", "-n", "1", "-c", "200"], "answers"),
    ("requests of 64 bytes on 100 connections", "request", ["echo", f"{SERVER}:7", "-c", "100"],
     "answers"),
    ("the same, 8 in flight on each", "request", ["echo", f"{SERVER}:7", "-c", "100", "-p", "8"],
     "answers"),
    (f"HTTP GET of {FILE} bytes on 100 connections", "request",
     ["http", f"http://{SERVER}/small", "-c", "100"], "answers"),
    ("datagrams of 64 bytes, 100 in flight", "datagram", ["udp", f"{SERVER}:7", "-c", "100"],
     "answers"),
    ("upload on 4 connections", "MB", ["upload", f"{SERVER}:9", "-c", "4"], "text_out"),
    ("download on 4 connections", "MB", ["download", f"{SERVER}:19", "-c", "4"], "text_in"),
]


def distance(build):
    return float(subprocess.run([build / "tests/bench/c2c", "0", "1"], capture_output=True, text=True,
                                check=True).stdout)


def server_cycles(build, control):
    done = subprocess.run([build / "weirctl", "-S", control, "--json", "workers"],
                          capture_output=True, text=True, check=True)
    return sum(w["busy_cycles"] for w in json.loads(done.stdout)["workers"])


def one_run(build, folder, words, counted, seconds):
    control = folder / "control"
    before = distance(build)
    cycles = server_cycles(build, control)
    done = subprocess.run(
        [build / "weir-load", *words, "--device",
         f"net_memif0,role=client,socket={folder / 'memif'},socket-abstract=no", "--address",
         f"{CLIENT}/24", "--cpus", "0", "--json", "--time", f"{seconds}s"],
        capture_output=True, text=True, timeout=60)
    if done.returncode > 1 or not done.stdout:
        sys.exit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    cycles = server_cycles(build, control) - cycles
    after = distance(build)
    time.sleep(2)  # the server's TIME-WAIT
    summary = json.loads(done.stdout)
    if summary["answers"]["wrong"] != 0:
        sys.exit(f"{' '.join(words)}: wrong answers: {done.stdout}")
    amount = (summary["answers"]["count"] if counted == "answers" else summary[counted] / 1e6)
    if amount == 0:
        sys.exit(f"{' '.join(words)}: no answers: {done.stdout}")
    network = summary["network"]
    return {
        "rate": amount / summary["seconds"],
        "cycles": cycles / amount,
        "p50": summary["answer_us"]["p50"],
        "p99": summary["answer_us"]["p99"],
        "again": network["segments_sent_again"],
        "lost": summary["lost"] + summary["connections"]["lost"] + summary["answers"]["failed"],
        "distance": before,
        "steady": max(before, after) <= 2 * min(before, after),
    }


def main():
    build, results = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    quick = "--quick" in sys.argv
    repeats, seconds = (1, 1) if quick else (5, 2)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        www = folder / "www"
        www.mkdir()
        (www / "small").write_bytes(b"x" * FILE)
        config = folder / "weir.conf"
        config.write_text(CONFIG.format(socket=folder / "memif", control=folder / "control", cpu=1,
                                        server=SERVER, www=www))
        with open(folder / "log", "w") as log:
            weir = subprocess.Popen([build / "weir", "-c", config], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log)
        try:
            for _ in range(100):
                if os.path.exists(folder / "memif") and os.path.exists(folder / "control"):
                    break
                if weir.poll() is not None:
                    sys.exit((folder / "log").read_text())
                time.sleep(0.1)
            time.sleep(0.5)
            for title, unit, words, counted in CASES:
                runs = [one_run(build, folder, words, counted, seconds) for _ in range(repeats)]
                steady = [r for r in runs if r["steady"]] or runs  # none: all of them, and it shows
                row = {"name": title, "unit": unit, "runs": len(steady),
                       "thrown_away": len(runs) - len(steady),
                       "steady": any(r["steady"] for r in runs)}
                for key in ("rate", "cycles", "p50", "p99", "again", "lost", "distance"):
                    values = sorted(r[key] for r in steady)
                    row[key] = [statistics.median(values), values[0], values[-1]]
                rows.append(row)
                print(f"{title}: {row['rate'][0]:,.0f} a second, {row['cycles'][0]:,.0f} cycles of the "
                      f"server each, p50 {row['p50'][0]:.0f} us, p99 {row['p99'][0]:.0f} us", flush=True)
        finally:
            weir.send_signal(signal.SIGTERM)
            weir.wait(20)
    results.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
