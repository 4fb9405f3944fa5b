"""What must hold for every frame that the target sends, whichever probe made it send it."""
import collections

from . import wire as w

# Which row looks at what, and how many frames it must have looked at to say anything.
LEAST = {20: 100, 40: 10, 56: 100, 62: 80, 67: 80, 104: 80, 109: 50, 138: 20}


class Watch:
    """Counts and faults by row and family, kept by the thread that reads the cable."""

    def __init__(self):
        self.counts = collections.Counter()
        self.faults = collections.defaultdict(list)
        self._family = 4
        self.muted = False

    def count(self, row):
        self.counts[row, self._family] += 1

    def fault(self, row, what):
        if len(self.faults[row, self._family]) < 5:
            self.faults[row, self._family].append(what)

    def look_at(self, packet):
        if packet.header_ok is None:
            return
        self._family = 6 if packet.ether_type == w.IPV6 else 4
        self._hold(20, packet.ttl > 0, packet)
        if packet.sum_ok is not None:
            self._hold(56, packet.sum_ok and packet.header_ok, packet)
        if packet.kind == "udp":
            self._hold(40, packet.sum_field != 0, packet)
        if packet.kind == "tcp":
            self._hold(62, packet.mss is None or "S" in packet.flags, packet)
            self._hold(67, well_formed(packet.options), packet)
            self._hold(104, packet.reserved == 0, packet)

    def _hold(self, row, truth, packet):
        self.count(row)
        if not truth:
            self.fault(row, str(packet))


def well_formed(options):
    """RFC 9293 MUST-68, MUST-69: right lengths, zeros behind the end of the list."""
    try:
        list(w.options_of(options))
    except ValueError:
        return False
    at = 0
    while at < len(options) and options[at] != 0:
        at += 1 if options[at] == 1 else options[at + 1]
    return not any(options[at:])
