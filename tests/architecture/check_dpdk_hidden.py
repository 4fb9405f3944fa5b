#!/usr/bin/env python3
"""Protocol code cannot even compile against DPDK: check_dpdk_hidden.py BUILD.

Takes the commands with which one file of each layer was compiled and lets them compile a file that
includes a DPDK header: dpdk succeeds, every other layer must fail, and at that line."""
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

SRC = pathlib.Path(__file__).resolve().parents[2] / "src"
MAY_SEE = {"dpdk"}


def compiles(entry, source):
    words = shlex.split(entry["command"])
    keep, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MQ", "-c"):
            skip = True
        elif word not in ("-MD", "ccache") and word != entry["file"]:
            keep.append(word)
    done = subprocess.run([*keep, "-fsyntax-only", "-x", "c++", source], cwd=entry["directory"],
                          capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def main(build):
    entries = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        with_dpdk, without = f"{directory}/with.cpp", f"{directory}/without.cpp"
        pathlib.Path(with_dpdk).write_text("#include <rte_mbuf.h>\nint weir_test;\n")
        pathlib.Path(without).write_text("int weir_test;\n")
        layers = sorted(path.name for path in SRC.iterdir() if path.is_dir())
        for layer in layers:
            entry = next((e for e in entries if f"src/{layer}/" in e["file"]), None)
            if entry is None:
                failures.append(f"{layer}: nothing of it is compiled")
                continue
            good, words = compiles(entry, without)
            if not good:
                failures.append(f"{layer}: its flags do not compile an empty file: {words[:300]}")
            sees, words = compiles(entry, with_dpdk)
            if sees != (layer in MAY_SEE):
                failures.append(f"{layer}: {'sees' if sees else 'does not see'} rte_mbuf.h")
            elif not sees and "rte_mbuf.h: No such file" not in words and "not found" not in words:
                failures.append(f"{layer}: fails for another reason: {words[:300]}")
    print("\n".join(failures) or f"{len(layers)} layers as they should be")
    return 1 if failures else 0


sys.exit(main(sys.argv[1]))
