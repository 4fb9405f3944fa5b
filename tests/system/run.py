#!/usr/bin/env python3
"""System tests: Weir on a real device, real clients and a Linux kernel as its peer, in network
namespaces that are made and deleted here. Needs root and two CPUs. A check passes or fails: none is
skipped, whatever the machine.

  run.py --weir build/weir                      what continuous integration runs
  run.py --weir build/weir --profile full       everything at its full size
  run.py --weir build/weir ping one-worker/wrk  the checks whose names contain one of the words

Pictures of the status page are kept beside weir, in screenshots/.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import registry  # noqa: E402
from harness.lab import Lab, Programs  # noqa: E402
from harness.net import Failure  # noqa: E402
from checks import vlan  # noqa: E402
from checks import (accounting, broken_environments, capture, command_line, control, devices, doctor,  # noqa: F401
                    doctor_live, files, flood, impaired, latency, library, link, load, metrics, page, read_ahead, record,
                    reload, service_manager, services, streams, top, uninterrupted, wrong_configurations)


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, action):
        start = time.monotonic()
        try:
            action()
        except Failure as failure:
            why = str(failure)
        except Exception as error:  # a socket's time-out, say: the check failed, the rest goes on
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{pathlib.Path(where.filename).name}:{where.lineno}"
            why = f"{type(error).__name__}: {error} ({place})"
        else:
            why = None
        took = f"({time.monotonic() - start:.1f} s)"
        if why is None:
            self.passed += 1
            print(f"PASS {name} {took}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}: {why} {took}", flush=True)
        return why is None


def labs(programs, profile):
    """The scenarios with a daemon that lives through all their checks."""
    first = registry.PROFILES[profile]
    other = first if profile == "full" else registry.PROFILES["short"]
    return {
        "one-worker": lambda: Lab(programs, first, "one-worker"),
        "two-workers": lambda: Lab(programs, other, "two-workers", cpus="0,1"),
        "af-packet": lambda: Lab(programs, other, "af-packet", device="net_af_packet0"),
        "vlan": lambda: vlan.VlanLab(programs, other, "vlan"),
    }


def run_lab(report, scenario, make, checks):
    lab = make()
    try:
        if not report.run(f"{scenario}/starts", lab.start):
            return
        for name, function in checks:
            report.run(name, lambda: function(lab))
            if not lab.weir.running():
                print(f"  weir ended; its last words: {lab.weir.log_tail()}", flush=True)
                break
        else:
            report.run(f"{scenario}/sums_add_up", lab.weir.check_sums)
        report.run(f"{scenario}/stops_cleanly", lab.weir.stop)
    finally:
        lab.close()


def run_alone(report, programs, scenario, sizes, checks):
    """Checks that start their own daemons."""
    for name, function in checks:
        lab = Lab(programs, sizes, scenario)
        try:
            report.run(name, lambda: function(lab))
        finally:
            lab.close()


def arguments():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--weir", required=True)
    words.add_argument("--weirctl", help="default: beside weir")
    words.add_argument("--profile", choices=sorted(registry.PROFILES), default="ci")
    words.add_argument("--sanitizer", action="store_true",
                       help="a sanitizer build: fewer checks, more patience")
    words.add_argument("--list", action="store_true")
    words.add_argument("--summary", help="write the numbers to this file, as JSON")
    words.add_argument("words", nargs="*", help="only checks whose names contain one of these")
    return words.parse_args()


def main():
    args = arguments()
    os.umask(0o022)  # some checks are another user, who reads what they write
    weir = os.path.abspath(args.weir)
    weirctl = os.path.abspath(args.weirctl or os.path.join(os.path.dirname(weir), "weirctl"))
    programs = Programs(weir, weirctl, args.sanitizer)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is cleaned up
    # A shell has its background jobs ignore SIGINT, and who is started by us inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def wanted(scenario):
        return [(name, function) for name, function in registry.checks_of(scenario, args.sanitizer)
                if not args.words or any(word in name for word in args.words)]

    if args.list:
        for scenario in registry.SCENARIOS:
            for name, _ in wanted(scenario):
                print(name)
        return 0

    report = Report()
    made = labs(programs, args.profile)
    other = dataclasses.replace(registry.PROFILES["short"], reloads=registry.PROFILES[args.profile].reloads)
    for scenario in registry.SCENARIOS:
        checks = wanted(scenario)
        if not checks:
            continue
        if scenario in made:
            run_lab(report, scenario, made[scenario], checks)
        else:
            run_alone(report, programs, scenario, other, checks)
    if args.summary:
        pathlib.Path(args.summary).write_text(
            json.dumps({"passed": report.passed, "failed": report.failed}))
    print(f"{report.passed} passed, {report.failed} failed", flush=True)
    return 1 if report.failed or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
