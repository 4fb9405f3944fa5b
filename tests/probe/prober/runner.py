"""Runs probes against a target: many at a time, each with a host of its own, then those that want
the wire for themselves."""
import concurrent.futures
import dataclasses
import pathlib
import sys
import time
import traceback

from harness.net import Failure

from .services import CHARGEN, ECHO
from .watch import LEAST

AT_ONCE = 24


@dataclasses.dataclass
class Result:
    probe: object
    family: int
    target: str
    why: str = ""           # empty: passed
    seconds: float = 0.0
    first_why: str = ""     # of the first try, if this is the second

    @property
    def passed(self):
        return not self.why


def run_one(probe, family, targets):
    target = targets[probe.knobs]
    client = target.client(family)
    start, why = time.monotonic(), ""
    try:
        probe.function(client)
    except Failure as failure:
        why = str(failure) or "failed"
    except Exception as error:  # a fault of the probe: it fails, the rest goes on
        where = traceback.extract_tb(error.__traceback__)[-1]
        why = (f"{type(error).__name__}: {error} "
               f"({pathlib.Path(where.filename).name}:{where.lineno})")
    target.cable.remove(client)
    return Result(probe, family, target.name, why, time.monotonic() - start)


def run_all(chosen, families, targets, tell):
    """chosen: the probes; targets: {False: the endpoint, True: the one with other settings}."""
    pairs = [(p, f) for p in sorted(chosen, key=lambda p: -p.takes) for f in families
             if f in p.families]
    results = []

    def note(result):
        results.append(result)
        tell(result)

    def again_if_failed(first):
        """Other work on the machine may have spoilt a time; what fails twice, the second time with
        the wire for itself, is no accident."""
        known = first.probe.known(first.target, first.family)
        if first.passed or known or first.target == "nobody":
            return first
        second = run_one(first.probe, first.family, targets)
        second.first_why = first.why
        return second

    sys.setswitchinterval(0.0005)  # the thread that reads the cable must not wait for its turn
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        together = [pool.submit(run_one, p, f, targets) for p, f in pairs
                    if not (p.alone or p.last)]
        failed = []
        for done in concurrent.futures.as_completed(together):
            result = done.result()
            if result.passed:
                note(result)
            else:
                failed.append(result)
    for result in failed:
        note(again_if_failed(result))
    for probe, family in [x for x in pairs if x[0].alone] + [x for x in pairs if x[0].last]:
        note(again_if_failed(run_one(probe, family, targets)))
    return results


def watched(client, row):
    """The verdict of the watch on everything that was seen: the probe of a row that every frame
    must obey."""
    soak(client)
    watch, family = client.target.watch, client.family
    faults, count = watch.faults[row, family], watch.counts[row, family]
    if faults:
        raise Failure(f"{faults[0]} (of {count} frames)")
    if count < LEAST[row]:
        raise Failure(f"only {count} frames were seen")


def soak(client):
    """A little of everything, so that there is something to watch."""
    for offer in ({}, {"times": True, "sack": True, "shift": 7}):
        for _ in range(4):
            echo, source = client.connect(ECHO, **offer), client.connect(CHARGEN, **offer)
            echo.exchange(bytes(5000))
            source.read(50000)
            client.udp_echo(b"soak")
            client.send(client.segment(99, "S"), client.datagram(99, b"soak"))
            echo.finish()
            echo.expect("FA")
            source.abort()
