#!/usr/bin/env python3
"""TCP through a bad cable: Weir, and a Linux kernel in its place, with a Linux kernel as the client.
Needs root; makes and deletes its own network namespaces.

  impaired.py --weir build/weir            all of it, about a quarter of an hour
  impaired.py --weir build/weir --part echoes --loss 0.01 0.05
  impaired.py --weir build/weir --part goodput --pairs 5 --megabytes 100

echoes:  COUNT echoes of 100 kB, 40 at a time, IPv4 and IPv6 in turn, loss in each direction; every
         byte is compared. Seconds: median, 95th percentile, worst.
goodput: a download with 10 ms each way, in pairs of Weir and Linux; MB/s, medians, their ratio.
"""
import argparse
import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
_SYSTEM = pathlib.Path(__file__).resolve().parent.parent / "system"
sys.path.insert(0, str(_SYSTEM))
from checks.impaired import CABLES, echoes  # noqa: E402
from harness.impaired import ImpairedLab  # noqa: E402
from harness.lab import FILES, WEIR4, Programs  # noqa: E402
from harness.net import url  # noqa: E402
from harness.registry import Sizes  # noqa: E402

SERVERS = ("weir", "linux")


def arguments():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--weir", required=True)
    words.add_argument("--part", choices=("echoes", "goodput", "all"), default="all")
    words.add_argument("--loss", type=float, nargs="*", default=[0, 0.01, 0.05, 0.1, 0.2])
    words.add_argument("--count", type=int, default=400)
    words.add_argument("--pairs", type=int, default=3)
    words.add_argument("--megabytes", type=int, default=20)
    return words.parse_args()


def lab_of(args, server, faults, seed=1):
    here = pathlib.Path(args.weir).resolve()
    programs = Programs(str(here), str(here.parent / "weirctl"), False)
    lab = ImpairedLab(programs, Sizes(file_megabytes=args.megabytes), "bench", faults, seed, server,
                      extra="[service more]\nhandler = discard\nlisten = :99\n")
    lab.start()
    return lab


def run_echoes(args):
    cables = [(f"{loss:.0%} each way", [f"loss={loss}", "delay=1"]) for loss in args.loss]
    cables.append(("mixed", CABLES["mixed"]))
    print(f"{args.count} echoes of 100 kB, 40 at a time; seconds")
    print(f"{'cable':<16}{'server':<8}{'median':>8}{'p95':>8}{'worst':>8}", flush=True)
    for name, faults in cables:
        for server in SERVERS:
            lab = lab_of(args, server, faults)
            try:
                times = echoes(lab, args.count, 40, 100_000, 600)
            finally:
                lab.close()
            print(f"{name:<16}{server:<8}{statistics.median(times):8.2f}"
                  f"{times[int(0.95 * len(times))]:8.2f}{times[-1]:8.2f}", flush=True)


def download(args, server, faults, seed):
    lab = lab_of(args, server, faults, seed)
    try:
        start = time.monotonic()
        lab.curl(url(WEIR4, "/big.bin", FILES), "-o", "/dev/null", timeout=900)
        return args.megabytes * 1.048576 / (time.monotonic() - start)
    finally:
        lab.close()


def run_goodput(args):
    print(f"\n{args.megabytes} MiB down, 10 ms each way, {args.pairs} pairs; MB/s")
    for loss in (0, 0.001, 0.01):
        speeds = {server: [] for server in SERVERS}
        for seed in range(1, args.pairs + 1):
            for server in SERVERS:
                faults = [f"loss={loss}", "delay=10"]
                speeds[server].append(download(args, server, faults, seed))
        middle = {server: statistics.median(speeds[server]) for server in SERVERS}
        ratios = sorted(a / b for a, b in zip(speeds["weir"], speeds["linux"]))
        print(f"loss {loss:<8.1%}weir {middle['weir']:6.2f}   linux {middle['linux']:6.2f}   "
              f"ratio {statistics.median(ratios):.2f} (pairs {ratios[0]:.2f} to {ratios[-1]:.2f})",
              flush=True)


def main():
    args = arguments()
    if args.part != "goodput":
        run_echoes(args)
    if args.part != "echoes":
        run_goodput(args)


if __name__ == "__main__":
    main()
