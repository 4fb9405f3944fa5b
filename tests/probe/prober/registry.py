"""Which probes there are: one for a row of the requirements, or one for each of its claims."""
import dataclasses
from typing import Callable


@dataclasses.dataclass
class Probe:
    row: int
    clause: str
    claim: str
    function: Callable
    families: tuple = (4, 6)
    alone: bool = False     # nothing else is on the wire meanwhile
    last: bool = False      # after all others
    knobs: bool = False     # asks the second endpoint, whose settings differ
    takes: float = 1        # seconds, about: the long ones start first; above 20 only with --slow
    linux: object = ""      # why Linux is expected to fail, or {family: why}
    pending: object = ""    # why Weir is, by what is not written yet; or {family: why}

    def known(self, target, family):
        """Why this target is expected to fail; empty: it is not."""
        why = {"weir": self.pending, "linux": self.linux}.get(target, "")
        return why.get(family, "") if isinstance(why, dict) else why

    @property
    def slow(self):
        return self.takes > 20


_probes = []


def probe(row, clause, claim, **marks):
    """Marks a function of a client as the probe of a row."""
    def mark(function):
        _probes.append(Probe(row, clause, claim, function, **marks))
        return function
    return mark


def probes():
    return sorted(_probes, key=lambda p: p.row)


GROUPS = (("4.1 link, IP, ICMP, UDP", 1, 44), ("4.2 LISTEN, CLOSED, handshake", 45, 84),
          ("4.3 synchronized states", 85, 107), ("4.4 windows, timers, congestion", 108, 148),
          ("4.5 closing, TIME-WAIT, ICMP", 149, 164), ("4.6 IPv6", 165, 185))
