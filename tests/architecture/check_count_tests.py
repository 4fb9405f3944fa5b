#!/usr/bin/env python3
"""scripts/count-tests on logs as `meson test` writes them: each case counts once, whoever ends first or breaks off."""
import json
import pathlib
import subprocess
import sys
import tempfile

_COUNT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "count-tests"
_RUN, _OK, _FAILED, _SKIPPED = "[ RUN      ] ", "[       OK ] ", "[  FAILED  ] ", "[  SKIPPED ] "


def said(*lines):
    return "".join(line + "\n" for line in ("Running main() from gtest_main.cc", *lines))


def case(name, how=_OK, parameter=""):
    return f"{_RUN}{name}\n{how}{name}{parameter} (0 ms)"


def test(name, output, result="OK"):
    return {"name": name, "command": ["build/tests/test-it"], "result": result, "stdout": output}


_TWO = said(case("A.First"), case("A.Second"), "[  PASSED  ] 2 tests.")
# What a build's tests said: the failures that are told, and passed, failed and skipped.
_ROWS = {
    "one program under three names": (
        [test("it", _TWO), test("it-nic", _TWO), test("it-recorded", said(case("A.First")))], [], (5, 0, 0)),
    "it fails under one of its names": (
        [test("it", _TWO),
         test("it-nic", said(case("A.First"), case("A.Second", _FAILED), f"{_FAILED}1 test, listed below:",
                             f"{_FAILED}A.Second"), "FAIL")], ["it-nic: A.Second"], (3, 1, 0)),
    "a parameter in a failure's line": (
        [test("it", said(case("All/A.First/0", _FAILED, ", where GetParam() = (1 ms)")), "FAIL")],
        ["it: All/A.First/0"], (0, 1, 0)),
    "a case is skipped": ([test("it", said(case("A.First", _SKIPPED), case("A.Second")))], [], (1, 0, 1)),
    "output without an end of line": (
        [test("it", said(f"{_RUN}A.First", f"drops:{_OK}A.First (12 ms)"))], [], (1, 0, 0)),
    "it breaks off in a case": (
        [test("it", said(case("A.First"), f"{_RUN}A.Second"), "FAIL")], ["it: A.Second: FAIL"], (1, 1, 0)),
    "it breaks off before it says anything": ([test("it", _TWO), test("it-nic", "", "FAIL")],
                                              ["it-nic: FAIL"], (2, 1, 0)),
    "a report behind its last case": ([test("it", _TWO, "FAIL")], ["it: FAIL"], (2, 1, 0)),
    "it takes too long": ([test("it", said(f"{_RUN}A.First"), "TIMEOUT")], ["it: A.First: TIMEOUT"], (0, 1, 0)),
    "programs without cases": (
        [test("corpus", "42 inputs\n"), test("other", "", "FAIL"), test("third", "no DPDK\n", "SKIP")],
        ["other: FAIL"], (1, 1, 1)),
    "no test at all": ([], ["no tests ran"], (0, 1, 0)),
}


def counted(tests):
    with tempfile.TemporaryDirectory() as build:
        log = pathlib.Path(build, "meson-logs", "testlog.json")
        log.parent.mkdir()
        log.write_text("".join(json.dumps(each) + "\n" for each in tests))
        *failures, numbers = subprocess.run([_COUNT, build], text=True, capture_output=True,
                                            check=True).stdout.splitlines()
        return ([line.removeprefix(f"FAIL {build}: ") for line in failures], tuple(map(int, numbers.split())))


def main():
    wrong = 0
    for name, (tests, failures, numbers) in _ROWS.items():
        found = counted(tests)
        if found != (failures, numbers):
            print(f"{name}: {found}, not {(failures, numbers)}")
            wrong += 1
    print(f"{len(_ROWS)} logs, {wrong} counted wrong")
    return 1 if wrong else 0


sys.exit(main())
