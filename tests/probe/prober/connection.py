"""One TCP connection, spoken by hand. Nothing is sent that the probe does not say."""
import random
import time

from harness.net import expect

from . import wire as w
from .inbox import Inbox

_MOD = 1 << 32


def distance(a, b):
    """b - a in the sequence space, as a signed number."""
    return ((b - a + (_MOD >> 1)) % _MOD) - (_MOD >> 1)


class Connection(Inbox):
    """`snd_nxt` is the number of our next octet, `rcv_nxt` that of theirs; `text` and `finish` move
    the one, `read` and `accept` the other. What we offer: mss, shift, sack, times."""

    def __init__(self, client, port, mss=None, shift=None, sack=False, times=False, isn=None,
                 window=65535, sport=None, to=None, no_mss=False):
        super().__init__()
        self.client, self.port, self.sport = client, port, sport or client.port()
        self.to = to or client.to
        self.mss = None if no_mss else mss or (1440 if client.v6 else 1460)
        self.shift, self.sack, self.times, self.window = shift, sack, times, window
        self.isn = random.randrange(_MOD) if isn is None else isn
        self.snd_nxt, self.rcv_nxt = self.isn, 0
        self.iss = self.syn_ack = None
        self.time_offset = random.randrange(1 << 31)
        self.echo = 0           # their latest TSval
        self.right_edge = None  # of the window that they have offered
        self._scaled = False

    # What arrives.

    def put(self, packet):
        if packet.times:
            self.echo = packet.times[0]
        self._watch(packet)
        super().put(packet)

    def _watch(self, packet):
        """Rows 109 and 138, of every segment of every connection."""
        watch = self.client.target.watch
        if "R" in packet.flags or "A" not in packet.flags:
            return
        if self.times and self.syn_ack is not None and self.syn_ack.times:
            watch.count(138)
            if packet.times is None:
                watch.fault(138, f"no timestamps in {packet}")
        if "S" in packet.flags:
            return
        shift = self.syn_ack.shift if self._scaled and self.syn_ack.shift else 0
        edge = (packet.ack + (packet.window << shift)) % _MOD
        if self.right_edge is not None:
            watch.count(109)
            if distance(self.right_edge, edge) <= -(1 << shift):
                watch.fault(109, f"{packet} draws the edge back by "
                                 f"{-distance(self.right_edge, edge)}")
        if self.right_edge is None or distance(self.right_edge, edge) > 0:
            self.right_edge = edge

    # Opening.

    def offer(self):
        options = w.mss(self.mss) if self.mss else b""
        if self.sack:
            options += w.SACK_OK
        if self.times:
            options += w.timestamps(self.clock(), 0)
        if self.shift is not None:
            options += w.NOP + w.scale(self.shift)
        return options

    def send_syn(self, flags="S", **fields):
        self.send(flags, seq=self.isn, ack=0, options=fields.pop("options", self.offer()), **fields)

    def expect_syn_ack(self, within=3.0):
        self.syn_ack = self.expect(within=within, ack=(self.isn + 1) % _MOD,
                                   flags=lambda f: f.replace("E", "") == "SA")
        self.iss, self.rcv_nxt = self.syn_ack.seq, (self.syn_ack.seq + 1) % _MOD
        self.snd_nxt = (self.isn + 1) % _MOD
        self._scaled = self.shift is not None and self.syn_ack.shift is not None
        return self.syn_ack

    # Sending.

    def clock(self):
        return (self.time_offset + int(time.monotonic() * 1000)) % _MOD

    def make(self, flags="A", data=b"", seq=None, ack=None, window=None, options=None, **fields):
        """A segment at snd_nxt that acknowledges rcv_nxt, except for what is said otherwise."""
        if options is None:
            options = b""
            if self.times and self.syn_ack is not None and self.syn_ack.times:
                options = w.NOP + w.NOP + w.timestamps(self.clock(), self.echo)
        ack = (self.rcv_nxt if ack is None else ack) if "A" in flags or ack is not None else 0
        return self.client.segment(
            self.port, flags, **{"sport": self.sport, "to": self.to, **fields}, data=data,
            seq=self.snd_nxt if seq is None else seq, ack=ack, options=options,
            window=self.window if window is None else window)

    def send(self, flags="A", data=b"", **fields):
        self.client.send(self.make(flags, data, **fields))

    def acknowledge(self, **fields):
        self.send("A", **fields)

    def text(self, data, flags="PA", **fields):
        """In as many segments as it takes."""
        most = (self.mss or 536) - (12 if self.times else 0)
        for at in range(0, len(data), most):
            piece = data[at:at + most]
            self.send(flags, piece, **fields)
            self.snd_nxt = (self.snd_nxt + len(piece)) % _MOD

    def finish(self, **fields):
        """Our FIN."""
        self.send("FA", **fields)
        self.snd_nxt = (self.snd_nxt + 1) % _MOD

    # Whole exchanges.

    def accept(self, packet):
        """What the packet carries is ours now."""
        self.rcv_nxt = (packet.seq + packet.size) % _MOD
        return packet

    def read(self, size, within=3.0, acknowledge=True, **fields):
        """So many bytes in order; each segment is acknowledged."""
        data, end = bytearray(), time.monotonic() + within
        while len(data) < size:
            packet = self.next(end)
            expect(packet is not None, f"{len(data)} of {size} bytes within {within} s")
            expect("R" not in packet.flags, f"{packet} after {len(data)} of {size} bytes")
            skip = distance(packet.seq, self.rcv_nxt)
            if 0 <= skip < len(packet.data):
                data += packet.data[skip:]
                self.rcv_nxt = (packet.seq + len(packet.data)) % _MOD
            if acknowledge and packet.data:
                self.acknowledge(**fields)
        return bytes(data)

    def burst(self, quiet=0.03, within=2.0):
        """The segments with text that come at once, none of them acknowledged; `quiet` ends it."""
        found = [self.expect(within=within, data=lambda d: len(d) > 0)]
        while (packet := self.next(time.monotonic() + quiet)) is not None:
            if packet.data:
                found.append(packet)
            if packet.at - found[0].at > 0.15:  # a retransmission timeout is no burst
                break
        return found

    def flight(self, quiet=0.03, within=2.0):
        """The burst without what comes twice, in the order of its numbers."""
        seen = {p.seq: p for p in reversed(self.burst(quiet, within))}
        return sorted(seen.values(), key=lambda p: distance(self.rcv_nxt, p.seq))

    def accept_all(self, flight):
        """Everything in it is ours now; one ACK says so."""
        self.accept(flight[-1])
        self.acknowledge()

    def exchange(self, data=b"ping", within=1.0):
        """The echo service gives the same bytes back."""
        self.text(data)
        got = self.read(len(data), within)
        expect(got == data, f"sent {data[:40]!r}, got {got[:40]!r}")

    def is_alive(self):
        self.exchange(b"alive?")

    def is_gone(self):
        """Nobody knows this connection: an ACK is answered with a reset."""
        self.forget()
        self.acknowledge()
        self.expect("R", seq=self.rcv_nxt)

    def is_challenged(self, within=1.0):
        """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"""
        return self.expect("A", within, ack=self.snd_nxt, seq=self.rcv_nxt, data=b"")

    def abort(self):
        self.send("R")
