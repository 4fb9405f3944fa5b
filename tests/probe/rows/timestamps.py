"""Rows 137 to 143: RFC 7323."""
import time

from harness.net import expect
from prober import wire as w
from prober.connection import distance
from prober.registry import probe
from prober.runner import watched
from prober.services import CHARGEN, DISCARD, ECHO
from rows.windows import grow


@probe(137, "RFC 7323 §2.2", "the window of a SYN is not scaled")
def a_syn_window_is_not_scaled(client):
    c = client.half_open(CHARGEN, mss=1000, shift=7, window=3000)
    expect(c.syn_ack.shift is not None and c.syn_ack.shift <= 14, f"a shift of {c.syn_ack.shift}")
    c.acknowledge(window=3000 >> 7)  # now it is
    sizes = sum(len(p.data) for p in c.flight())
    expect(sizes <= 3000, f"{sizes} bytes for a window of 3000")
    c.abort()


@probe(137, "RFC 7323 §2.3", "a shift above 14 is 14", takes=2)
def a_shift_above_fourteen(client):
    for shift in (15, 64, 255):
        c = client.connect(CHARGEN, mss=1000, shift=shift, window=1)
        flight = c.flight()  # a window of 1 << 14
        size = sum(len(p.data) for p in flight)
        expect(0 < size <= 1 << 14, f"shift {shift}: {size} bytes in flight")
        c.accept_all(flight)
        grow(c, 16)
        flight = c.flight()
        size = sum(len(p.data) for p in flight)
        expect(14000 < size <= 1 << 14, f"shift {shift}: {size} bytes in flight")
        c.abort()


@probe(138, "RFC 7323 §3.2", "timestamps are in every segment, and echo the last", last=True)
def timestamps_in_every_segment(client):
    c = client.connect(ECHO, times=True)
    for _ in range(5):
        before = c.clock()
        c.text(b"echo")
        reply = c.expect(data=b"echo")
        late = distance(before, reply.times[1])
        expect(0 <= late < 50, f"TSecr {reply.times[1]}, not {before}")
        c.accept(reply)
        c.acknowledge()
    watched(client, 138)


@probe(139, "RFC 7323 §3.2 SHOULD", "a segment without its timestamps is dropped, a reset excepted",
       linux="takes segments without them")
def without_timestamps_it_is_dropped(client):
    c = client.connect(ECHO, times=True)
    c.is_alive()
    c.send("PA", b"without", options=b"")
    c.silence(0.3, data=b"without")
    c.is_alive()
    c.send("R", options=b"")
    c.silence(0.1)
    c.is_gone()


@probe(140, "RFC 7323 §4.3", "TS.Recent is of the segment at the edge, not of one beyond a gap")
def ts_recent_is_of_the_edge(client):
    c = client.connect(DISCARD, times=True)
    c.text(b"in order")
    edge = c.expect("A", ack=c.snd_nxt).times[1]
    later = c.clock() + 500
    c.send("A", b"beyond", seq=c.snd_nxt + 10, options=w.NOP * 2 + w.timestamps(later, c.echo))
    echoed = c.expect("A", ack=c.snd_nxt).times[1]
    expect(echoed == edge, f"TSecr {echoed} is of the segment beyond the gap, not {edge}")
    # What fills the gap is older than what lies beyond it, and counts.
    c.send("PA", bytes(10), options=w.NOP * 2 + w.timestamps(later - 400, c.echo))
    filled = c.expect("A", ack=(c.snd_nxt + 16) & 0xFFFFFFFF)
    expect(filled.times[1] == (later - 400) & 0xFFFFFFFF, f"TSecr {filled.times[1]}")


@probe(141, "RFC 7323 §5.3",
       "an old timestamp is acknowledged and its text dropped; a reset is exempt")
def old_timestamps_are_dropped(client):
    c = client.connect(ECHO, times=True)
    c.is_alive()
    old = w.NOP * 2 + w.timestamps(c.clock() - 100000, c.echo)
    c.send("PA", b"old", options=old)
    c.is_challenged()
    c.silence(0.1, data=b"old")
    c.is_alive()
    c.send("R", options=old)
    c.silence(0.1)
    c.is_gone()


@probe(143, "RFC 7323 §5.4, §7.1",
       "the clock ticks between 1 ms and 1 s, from an offset of the tuple", takes=2)
def the_timestamp_clock(client):
    first, second = client.connect(ECHO, times=True), client.connect(ECHO, times=True)

    def now(c):
        c.text(b"now")
        reply = c.accept(c.expect(data=b"now"))
        c.acknowledge()
        return reply.times[0], reply.at
    a, at_a = now(first)
    b, _ = now(second)
    expect(abs(distance(a, b)) > 10000, f"two tuples, one clock: {a} and {b}")
    time.sleep(1.2)
    later, at_later = now(first)
    rate = distance(a, later) / (at_later - at_a)
    expect(1 <= rate <= 1100, f"{rate:.0f} ticks a second")
