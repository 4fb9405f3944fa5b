#!/usr/bin/env python3
"""Probes: raw packets from outside, one probe a row of the requirements, against Weir and against a
Linux kernel as the control. Needs root; makes and deletes its own network namespaces.

  run.py --weir build/weir                        Weir and Linux, IPv4 and IPv6
  run.py --weir build/weir --target weir 45 71    some rows, Weir alone
  run.py --weir build/weir --slow                 also the rows that wait for more than 20 s
  run.py --target nobody                          no probe may pass: nothing answers
  run.py --target linux --sysctl net.ipv4.tcp_sack=0 133    the control, spoilt on purpose
"""
import argparse
import json
import os
import pathlib
import signal
import sys

sys.dont_write_bytecode = True
_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "system")]
from harness.lab import Programs  # noqa: E402
from harness.net import Namespace, run  # noqa: E402
from prober import registry, report, runner, targets  # noqa: E402
import rows  # noqa: E402,F401  each file marks its probes in the registry


def arguments():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--weir")
    words.add_argument("--weirctl", help="default: beside weir")
    words.add_argument("--target", choices=("weir", "linux", "both", "nobody"), default="both")
    words.add_argument("--family", choices=("4", "6", "both"), default="both")
    words.add_argument("--slow", action="store_true")
    words.add_argument("--verbose", action="store_true", help="the control's lines too")
    words.add_argument("--list", action="store_true")
    words.add_argument("--summary", help="write the numbers and every result to this file, as JSON")
    words.add_argument("--sysctl", action="append", default=[], help="KEY=VALUE for the control")
    words.add_argument("rows", nargs="*", help="only these rows (45, 45-54, a word of the name)")
    return words.parse_args()


def wanted(probe, words):
    if not words:
        return True
    for word in words:
        first, _, last = word.partition("-")
        if first.isdigit():
            if int(first) <= probe.row <= int(last or first):
                return True
        elif word in probe.function.__name__:
            return True
    return False


def make(name, prober, args, knobs):
    if name == "weir":
        weir = os.path.abspath(args.weir)
        weirctl = os.path.abspath(args.weirctl or os.path.join(os.path.dirname(weir), "weirctl"))
        return targets.Weir(prober, Programs(weir, weirctl, False), knobs)
    if name == "linux":
        return targets.Linux(prober, [pair.split("=", 1) for pair in args.sysctl], knobs)
    return targets.Nobody(prober, knobs)


def probe_target(name, prober, args, chosen):
    kinds = sorted({False} | {p.knobs for p in chosen})
    families = (4, 6) if args.family == "both" else (int(args.family),)
    made = {}
    try:
        for knobs in kinds:
            made[knobs] = make(name, prober, args, knobs)
        for target in made.values():
            target.wait_ready()
            target.raise_gateway()
        tell = report.teller(args.verbose or args.target != "both")
        results = runner.run_all(chosen, families, made, tell)
        if not all(target.alive() for target in made.values()):
            print(f"FAIL {name}: it ended", flush=True)
            results.append(runner.Result(chosen[0], 4, name, "the endpoint ended meanwhile"))
        return results
    finally:
        for target in made.values():
            target.close()


def main():
    args = arguments()
    chosen = [p for p in registry.probes() if wanted(p, args.rows) and (args.slow or not p.slow)]
    if args.list:
        for p in chosen:
            print(f"{p.row:3} {p.function.__name__}: {p.claim} ({p.clause})")
        return 0
    if not chosen:
        sys.exit("no such row")
    if args.target in ("weir", "both") and not args.weir:
        sys.exit("--weir says which program to probe")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is cleaned up
    left_out = [p for p in registry.probes() if p.slow and not args.slow and wanted(p, args.rows)]
    prober = Namespace(f"weir-probe-{os.getpid()}")
    results = []
    try:
        for name in ("weir", "linux") if args.target == "both" else (args.target,):
            results += probe_target(name, prober, args, chosen)
    finally:
        for name in (n.strip().split()[0] for n in run(["ip", "netns"]).stdout.splitlines()):
            if name == prober.name or name.startswith(f"{prober.name}-"):
                run(["ip", "netns", "del", name], check=False)
    summary = report.summarise(results, left_out)
    if args.summary:
        pathlib.Path(args.summary).write_text(json.dumps(summary, indent=1))
    return 1 if summary["failed"] or not summary["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
