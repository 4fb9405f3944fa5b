"""Rows 108 to 114: windows, small ones and closed ones."""
import time

from harness.net import expect
from prober.connection import distance
from prober.registry import probe
from prober.services import CHARGEN, ECHO, HOLD, PROMPT

_MOD = 1 << 32


def grow(c, segments, seconds=8):
    """Acknowledges what comes until so much is in flight at once."""
    end, flight = time.monotonic() + seconds, []
    while len(flight) < segments and time.monotonic() < end:
        flight = c.flight(0.03)
        c.accept_all(flight)
    return flight


@probe(108, "RFC 9293 MUST-1, REC-1", "a window of 0x8000 and more is no negative number", takes=3)
def large_windows_are_used(client):
    c = client.connect(CHARGEN, window=60000)
    full = 60000 // c.mss
    flight = grow(c, full)
    used = sum(len(p.data) for p in flight)
    expect(0x8000 < used <= 60000, f"{used} of 60000 bytes are used")
    c.abort()


@probe(109, "RFC 9293 SHLD-14", "the right edge of the window never moves back", takes=2)
def the_window_is_not_shrunk(client):
    for offer in ({}, {"shift": 7}):
        c = client.connect(HOLD, **offer)
        for size in (1, 3, 100, 999, 1400) * 12:
            room = distance(c.snd_nxt, c.right_edge) if c.right_edge is not None else 1400
            if room <= 0:
                break
            c.text(bytes(min(size, room)))
            c.expect("A", ack=c.snd_nxt)
        c.send("A", seq=c.snd_nxt - 1)
        c.expect("A")
    faults = client.target.watch.faults[109, client.family]
    expect(client.target.watch.counts[109, client.family] > 50, "too few ACKs were seen")
    expect(not faults, str(faults[:1]))


@probe(110, "RFC 9293 MUST-34, SHLD-15, -16, -17", "a window that the peer shrinks does no harm",
       takes=4)
def a_shrunk_window_is_borne(client):
    c = client.connect(CHARGEN, window=14600)
    flight = c.flight()
    expect(len(flight) >= 5, f"{len(flight)} segments")
    c.rcv_nxt = (flight[0].seq + len(flight[0].data)) % _MOD
    edge = (c.rcv_nxt + 2 * c.mss) % _MOD
    c.acknowledge(window=2 * c.mss)
    for p in c.collect(1.2):
        if p.data:
            expect(distance(edge, (p.seq + len(p.data)) % _MOD) <= 0 or
                   distance(flight[-1].seq, p.seq) <= 0, f"new text beyond the edge: {p}")
    c.acknowledge(window=14600)
    c.window = 14600
    c.read(40000, within=6)
    c.abort()


@probe(111, "RFC 9293 MUST-36, SHLD-29, SHLD-30",
       "a closed window is probed after an RTO, then ever more rarely", takes=6)
def a_closed_window_is_probed(client):
    c = client.connect(CHARGEN, window=5000)
    flight = c.flight()
    c.accept(flight[-1])
    c.acknowledge(window=0)
    start, times = time.monotonic(), []
    while len(times) < 3 and time.monotonic() < start + 8:
        p = c.next(start + 8)
        if p is None:
            break
        if distance(c.rcv_nxt, p.seq) <= 0:
            times.append(p.at)
            c.acknowledge(window=0)
    gaps = [b - a for a, b in zip([start] + times, times)]
    expect(len(gaps) == 3, f"probes after {gaps}")
    expect(0.15 < gaps[0] < 2, f"the first probe after {gaps[0]:.2f} s")
    expect(all(b > 1.5 * a for a, b in zip(gaps, gaps[1:])), f"no backoff: {gaps}")
    c.abort()


@probe(112, "RFC 9293 MUST-37", "a closed window that is acknowledged keeps the connection",
       takes=18)
def a_closed_window_may_stay(client):
    c = client.connect(CHARGEN, window=5000)
    c.accept(c.flight()[-1])
    c.acknowledge(window=0)
    end = time.monotonic() + 16
    while (p := c.next(end)) is not None:
        expect("R" not in p.flags and "F" not in p.flags, f"given up: {p}")
        c.acknowledge(window=0)
    c.acknowledge(window=5000)
    c.window = 5000
    c.read(20000, within=4)
    c.abort()


@probe(113, "RFC 1122 §4.2.3.3; RFC 9293 MUST-39", "the window is not opened by slivers")
def the_window_opens_in_steps(client):
    c = client.connect(ECHO, window=0)
    edges = []
    for _ in range(40):  # echo cannot answer, so what it has read has to wait
        c.text(bytes(1400))
        reply = c.expect("A", ack=c.snd_nxt)
        edges.append((reply.ack + reply.window) % _MOD)
        if reply.window < 2000:
            break
    steps = [distance(a, b) for a, b in zip(edges, edges[1:])]
    expect(all(s == 0 or s >= 500 for s in steps), f"steps of {[s for s in steps if s][:5]}")


@probe(114, "RFC 9293 SHLD-7, MUST-38",
       "Nagle: a second small segment waits for the ACK of the first")
def small_segments_are_gathered(client):
    c = client.connect(ECHO)
    c.text(b"first")
    first = c.expect(data=b"first")
    c.text(b"second")
    c.text(b"third")
    c.silence(0.08, data=lambda d: len(d) > 0 and d != b"first")
    c.accept(first)
    c.acknowledge()
    rest = c.expect(data=lambda d: d not in (b"", b"first"))
    expect(rest.data == b"secondthird", f"{rest.data!r}")


@probe(114, "RFC 9293 MUST-38", "a sliver of window is not filled")
def a_sliver_of_window_is_not_used(client):
    c = client.connect(CHARGEN, window=10000)
    flight = c.flight()
    c.accept(flight[-1])
    c.acknowledge(window=100)
    c.silence(0.1, data=lambda d: 0 < len(d) <= 100)
    c.acknowledge(window=10000)
    c.expect(data=lambda d: len(d) > 1000)
    c.abort()


@probe(114, "RFC 9293 MUST-17", "Nagle can be switched off")
def nagle_can_be_off(client):
    c = client.connect(PROMPT)
    for word in (b"first", b"second", b"third"):
        c.text(word)
        c.expect(data=word)
