#!/usr/bin/env python3
"""A real client on a tap while SYNs from random hosts come in by a second port (memif).
Needs root; makes and deletes its own network namespaces.

  flood.py --weir build/weir                   20,000 and 200,000 SYNs a second beside none
  flood.py --weir build/weir --rates 0 1e6     other rates
  flood.py --weir build/weir --connections 5000

The client opens connections one after the other, over both families in turn, and has 100 bytes
echoed on each: how many succeed, milliseconds (median, 99th percentile, worst), memory before and
after, and the reason for which most frames were dropped.
"""
import argparse
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
_SYSTEM = pathlib.Path(__file__).resolve().parent.parent / "system"
sys.path.insert(0, str(_SYSTEM))
from harness.lab import BOTH, ECHO, Lab, Programs  # noqa: E402
from harness.net import die_with_parent, expect, receive_exactly  # noqa: E402
from harness.registry import Sizes  # noqa: E402

MAC = "02:00:00:00:00:f1"
HERE, ROUTER = "192.0.2.1", "192.0.2.2"
SECOND_PORT = """
[port flooded]
device  = net_memif0,role=server,socket={socket},socket-abstract=no,mac={mac},rsize=12
address = {here}/30
gateway = {router}
dad     = off
"""


def arguments():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--weir", required=True)
    words.add_argument("--rates", type=float, nargs="*", default=[0, 20e3, 200e3])
    words.add_argument("--connections", type=int, default=1000)
    return words.parse_args()


def talk(lab, number):
    """Milliseconds of one connection with an echo; None when it failed."""
    start = time.monotonic()
    try:
        with lab.ns.connect(BOTH[number % 2], ECHO, timeout=10) as s:
            s.sendall(b"x" * 100)
            if receive_exactly(s, 100) != b"x" * 100:
                return None
    except OSError:
        return None
    return (time.monotonic() - start) * 1000


def run(args, rate):
    here = pathlib.Path(args.weir).resolve()
    lab = Lab(Programs(str(here), str(here.parent / "weirctl"), False), Sizes(file_megabytes=1),
              "bench")
    socket = f"{lab.directory}/memif.sock"
    lab.extra = SECOND_PORT.format(socket=socket, mac=MAC, here=HERE, router=ROUTER)
    gun = None
    try:
        lab.start()
        before = lab.weir.resident()
        if rate:
            gun = subprocess.Popen(
                [here.parent / "tests/bench/syn-gun",
                 f"net_memif0,role=client,socket={socket},socket-abstract=no,"
                 "mac=02:00:00:00:00:f2,rsize=12", MAC, HERE, ROUTER, str(rate), "3600"],
                stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
            time.sleep(2)
        seen, start = lab.weir.total("received"), time.monotonic()
        times = [talk(lab, number) for number in range(args.connections)]
        expect(gun is None or gun.poll() is None, "syn-gun ended early")
        offered = (lab.weir.total("received") - seen) / (time.monotonic() - start)
        good = sorted(t for t in times if t is not None)
        expect(len(good) >= 0.99 * len(times), f"{len(good)} of {len(times)} connections")
        worst = max((reason for reason in lab.weir.dropped().items()), key=lambda item: item[1],
                    default=("none", 0))
        print(f"{rate:>9.0f}{offered:>12.0f}{len(good):>7}/{len(times)}"
              f"{good[len(good) // 2]:>9.2f}{good[int(0.99 * len(good))]:>8.2f}{good[-1]:>8.2f}"
              f"{before / 2**20:>9.1f}{lab.weir.resident() / 2**20:>8.1f}  {worst[0]} {worst[1]}",
              flush=True)
        if not rate:
            lab.weir.check_sums()
    finally:
        if gun is not None:
            gun.kill()
            gun.wait()
        lab.close()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is cleaned up
    print(f"{args.connections} connections one after the other, 100 bytes echoed on each\n"
          "  SYNs/s  frames/s in    good       p50     p99   worst   MiB before  after  most dropped")
    for rate in args.rates:
        run(args, rate)


if __name__ == "__main__":
    main()
