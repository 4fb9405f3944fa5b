#!/usr/bin/env python3
"""Instructions per packet, counted by callgrind, against what instructions.tsv records.

A count above its record by more than ALLOWED fails; one below it by as much is said, so that the
record follows. What is counted is the stack's own work: filling the frames is not.
--write records what was counted."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RECORD = HERE / "instructions.tsv"
ALLOWED = 0.03
FRAMES = 512
SKIPPED = 77  # as meson's exit code for a test that cannot be made here


def read_record():
    rows = {}
    for line in RECORD.read_text().splitlines():
        if line and not line.startswith("#"):
            name, count = line.split("\t")[:2]
            rows[name] = int(count)
    return rows


def count(cycles, name):
    """Instructions a frame, connection or request of the case."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             "--toggle-collect=weir::bench::Rig::run(unsigned int)",
             str(cycles), "--count", name, str(FRAMES)],
            capture_output=True, text=True, timeout=600)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{name}: could not be counted\n{done.stdout}{done.stderr}")
    return round(int(found.group(1)) / FRAMES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", required=True, help="tests/bench/cycles of a release build")
    parser.add_argument("--write", action="store_true", help="record what was counted")
    options = parser.parse_args()
    record = read_record()
    if " avx2 " not in pathlib.Path("/proc/cpuinfo").read_text().replace("\n", " "):
        print("no AVX2 here: other code runs than was recorded, nothing to compare")
        return SKIPPED
    failed = 0
    counted = {}
    for name, bound in record.items():
        counted[name] = n = count(options.cycles, name)
        ratio = n / bound
        verdict = "ok"
        if ratio > 1 + ALLOWED:
            verdict = "MORE"
            failed += 1
        elif ratio < 1 - ALLOWED:
            verdict = "less: record it with --write"
        print(f"{name:12} {n:6} instructions, recorded {bound:6}  {verdict}")
    if options.write:
        head = [l for l in RECORD.read_text().splitlines() if l.startswith("#")]
        rows = [f"{name}\t{n}" for name, n in counted.items()]
        RECORD.write_text("\n".join(head + rows) + "\n")
        return 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
