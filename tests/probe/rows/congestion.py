"""Rows 120 to 132: how much is in flight, and what happens when it is lost."""
import time

from harness.net import expect
from prober import wire as w
from prober.connection import distance
from prober.registry import probe
from prober.services import CHARGEN, ECHO
from rows.windows import grow

_MOD = 1 << 32
TEXT = {"data": lambda d: len(d) > 0}


def source(client, grown=0, **offer):
    """A chargen connection that may have grown; nothing of its next flight is acknowledged."""
    c = client.connect(CHARGEN, mss=1000, shift=7, window=2000, **offer)
    if grown:
        grow(c, grown)
    return c


@probe(120, "RFC 5681 §3.1; RFC 6928", "the first flight has ten segments at most")
def the_initial_window(client):
    for mss in (536, 1000, None):
        c = client.connect(CHARGEN, mss=mss)
        flight = c.flight()
        expect(2 <= len(flight) <= 10, f"MSS {mss}: {len(flight)} segments")
        c.abort()


@probe(121, "RFC 5681 §3.1; RFC 3465", "an ACK in fifty pieces gains no more than one")
def divided_acks_gain_nothing(client):
    c = source(client)
    flight = c.flight()
    first = flight[0].seq
    for part in range(20, 1001, 20):
        c.acknowledge(ack=first + part)
    new = [p for p in c.collect(0.2) if distance(flight[-1].seq, p.seq) > 0]
    expect(1 <= len(new) <= 3, f"{len(new)} new segments for one that was acknowledged")
    c.abort()


@probe(121, "RFC 5681 §3.1", "slow start doubles by the round trip, not faster")
def slow_start_doubles(client):
    c = source(client)
    flight = c.flight()
    for _ in range(3):
        c.accept_all(flight)
        following = c.flight()
        expect(len(following) <= 2 * len(flight) + 1, f"{len(flight)} then {len(following)}")
        flight = following
    expect(len(flight) > 12, f"it does not grow: {len(flight)}")
    c.abort()


@probe(122, "RFC 5681 §3.1", "after an RTO one segment is in flight", takes=3)
def after_a_timeout_one_segment(client):
    c = source(client, 20)
    flight = c.flight()
    repeated = [p for p in c.collect(1.3) if p.data]
    late = [p for p in repeated if p.at - flight[-1].at > 0.18]
    expect(1 <= len({p.seq for p in late}) <= 2, f"{len(late)} segments after the timeout")
    # cwnd = 1: the ACK of that one lets two follow, not twenty.
    c.accept(flight[0])
    c.acknowledge()
    following = {p.seq for p in c.collect(0.15) if p.data}
    expect(1 <= len(following) <= 4, f"{len(following)} segments after the first ACK")
    c.abort()


def duplicates(c, count, flight=None):
    for number in range(count):
        options = None
        if flight is not None and c.sack:
            block = flight[1].seq, (flight[1 + number].seq + len(flight[1 + number].data)) % _MOD
            options = w.NOP + w.NOP + w.sack(block)
        c.acknowledge(options=options)


@probe(123, "RFC 5681 §3.2", "the third duplicate ACK brings the lost segment at once")
def three_duplicates_bring_it_again(client):
    for sack in (False, True):
        c = source(client, sack=sack)
        flight = c.flight()
        c.accept(flight[0])
        start = time.monotonic()
        duplicates(c, 5, flight[1:])
        again = c.expect(seq=c.rcv_nxt, within=0.5, **TEXT)
        expect(again.at - start < 0.1, f"SACK {sack}: after {again.at - start:.3f} s")
        c.abort()


@probe(124, "RFC 3042", "the first two duplicate ACKs bring a new segment each")
def limited_transmit(client):
    c = source(client)
    flight = c.flight()
    duplicates(c, 2)
    new = {p.seq for p in c.collect(0.05, **TEXT) if distance(flight[-1].seq, p.seq) > 0}
    expect(1 <= len(new) <= 3, f"{len(new)} new segments on two duplicates")  # a TLP may be one
    c.abort()


def recover(c, flight, lost):
    """Plays a receiver that lacks `lost` of the flight; returns everything sent meanwhile."""
    have = {p.seq for p in flight} - {p.seq for p in lost}
    sent = []
    for number, p in enumerate(flight):
        if p in lost or distance(c.rcv_nxt, p.seq) < 0:
            continue
        c.acknowledge(options=blocks(c, flight, have, upto=number))
    end = time.monotonic() + 1.0
    while (p := c.next(end)) is not None:
        if not p.data:
            continue
        sent.append(p)
        have.add(p.seq)
        order = {q.seq: q for q in flight + sent}
        while c.rcv_nxt in have and c.rcv_nxt in order:
            c.rcv_nxt = (c.rcv_nxt + len(order[c.rcv_nxt].data)) % _MOD
        if len(sent) > 60 or distance(flight[-1].seq, c.rcv_nxt) > 0:
            return sent
        c.acknowledge(options=blocks(c, flight, have))
    return sent


def blocks(c, flight, have, upto=None):
    """SACK blocks for what we have beyond the first gap, or nothing."""
    if not c.sack:
        return None
    runs = []
    for number, p in enumerate(flight):
        if upto is not None and number > upto:
            break
        if p.seq not in have or distance(c.rcv_nxt, p.seq) <= 0:
            continue
        end = (p.seq + len(p.data)) % _MOD
        if runs and runs[-1][1] == p.seq:
            runs[-1][1] = end
        else:
            runs.append([p.seq, end])
    return w.NOP + w.NOP + w.sack(*runs[-3:]) if runs else b""


@probe(125, "RFC 6582; RFC 6675", "two holes are filled without a timeout")
def two_holes_are_filled(client):
    for sack in (False, True):
        c = source(client, sack=sack)
        flight = c.flight()
        c.accept(flight[0])
        c.acknowledge()
        flight = flight[1:] + c.flight()
        lost = [flight[0], flight[4]]
        start = time.monotonic()
        sent = recover(c, flight, lost)
        for p in lost:
            again = [q for q in sent if q.seq == p.seq]
            expect(again, f"a hole is not filled; sent: {len(sent)}")
            late = again[0].at - start
            expect(late < 0.15, f"a hole is filled after {late:.2f} s")
        c.abort()


def sack_up_to(c, flight, last):
    """The first of the flight is lost; the rest has arrived up to this number."""
    block = flight[1].seq, (flight[last].seq + len(flight[last].data)) % _MOD
    c.acknowledge(options=w.NOP + w.NOP + w.sack(block))


@probe(126, "RFC 6937",
       "recovery sends in proportion to what is delivered, from its beginning (PRR)", takes=2)
def recovery_is_proportional(client):
    c = source(client, 40, sack=True)
    flight = c.flight()
    half = len(flight) // 2
    for number in range(1, half + 1):
        sack_up_to(c, flight, number)
    sent = [p for p in c.collect(0.1) if p.data]
    new = {p.seq for p in sent if distance(flight[-1].seq, p.seq) > 0}
    expect(flight[0].seq in {p.seq for p in sent}, "the lost segment is not sent again")
    # beta * delivered, with beta from 0.5 to 0.85; before recovery one for each of two or three.
    expect(0.4 * half <= len(new) <= 0.9 * half + 3, f"{len(new)} new for {half} delivered")
    c.abort()


@probe(127, "RFC 5681 §4.1", "after an idle RTO no more than an initial window leaves at once",
       takes=5)
def after_idle_time_a_restart_window(client):
    c = client.connect(ECHO, mss=1000, shift=7, window=2000)
    blast(c, 30, acknowledge=True)
    blast(c, 30, acknowledge=True)
    time.sleep(2)
    c.forget()
    flight = blast(c, 30, acknowledge=False)
    expect(2 <= len(flight) <= 11, f"{len(flight)} segments at once")
    c.abort()


def blast(c, segments, acknowledge):
    """So many segments for echo; what comes back, acknowledged or not."""
    c.forget()
    c.text(bytes(1000 * segments))
    if acknowledge:
        c.read(1000 * segments)
        return []
    return c.flight(0.1)


@probe(128, "RFC 7661; RFC 5681 §3.1", "a window that is not used does not grow",
       takes=3)
def an_unused_window_does_not_grow(client):
    c = client.connect(ECHO, mss=1000, shift=7, window=2000)
    for _ in range(100):
        c.exchange(b"small")
    flight = blast(c, 60, acknowledge=False)
    expect(2 <= len(flight) <= 21, f"{len(flight)} segments at once")
    c.abort()


@probe(129, "RFC 9438 §4.6", "a loss leaves 0.7 of the window", takes=2)
def a_loss_leaves_seven_tenths(client):
    c = source(client, 40, sack=True)
    flight = c.flight()
    for number in range(1, len(flight)):
        sack_up_to(c, flight, number)
    c.accept_all(flight[-1:] + c.flight())  # the lost one came again, and everything else too
    after = c.flight()
    expect(0.6 <= len(after) / len(flight) <= 0.85, f"{len(flight)} then {len(after)}")
    c.abort()


@probe(130, "RFC 8985 §6.2",
       "one SACK of a later segment, and a quarter of the round trip, mark a loss", takes=2)
def later_delivery_marks_a_loss(client):
    c = client.connect(ECHO, sack=True, times=True, mss=1000)
    c.exchange(b"x" * 10)
    for _ in range(4):
        c.text(bytes(988))
    flight = c.flight(0.03)
    expect(len(flight) == 4, f"{len(flight)} segments")
    block = flight[3].seq, (flight[3].seq + len(flight[3].data)) % _MOD
    time.sleep(0.02)
    c.acknowledge(options=w.NOP * 2 + w.timestamps(c.clock(), c.echo) + w.NOP * 2 + w.sack(block))
    start = time.monotonic()
    again = c.expect(within=0.5, seq=flight[0].seq)
    expect(again.at - start < 0.1, f"sent again after {again.at - start:.3f} s")
    c.abort()


@probe(131, "RFC 8985 §7", "a lost tail is probed after two round trips", takes=3)
def a_lost_tail_is_probed(client):
    c = client.connect(ECHO, sack=True, times=True, mss=1000)
    for _ in range(4):  # a round trip of 40 ms
        c.text(b"round trip")
        c.accept(c.expect(data=b"round trip"))
        time.sleep(0.04)
        c.acknowledge()
    c.text(bytes(988 * 4))
    flight = c.flight(0.01)
    c.accept(flight[-3])  # of one alone the ACK might be delayed
    c.acknowledge()
    start = time.monotonic()
    again = c.expect(within=1.0, seq=flight[-1].seq, **TEXT)
    expect(again.at - start < 0.19, f"the probe came after {again.at - start:.3f} s")
    c.abort()


@probe(132, "RFC 5682; RFC 3522", "a spurious timeout is undone", takes=4)
def a_spurious_timeout_is_undone(client):
    c = source(client, 20, sack=True, times=True)
    flight = c.flight()
    echo = c.echo
    again = c.expect(within=2, seq=flight[0].seq)
    # The late ACKs of the original flight arrive: their TSecr is that of the originals.
    for p in flight:
        c.accept(p)
        c.acknowledge(options=w.NOP * 2 + w.timestamps(c.clock(), echo))
    sent = [p for p in c.collect(0.12) if p.data]
    old = [p for p in sent if distance(p.seq, flight[-1].seq) >= 0]
    new = {p.seq for p in sent} - {p.seq for p in old}
    expect(len(new) >= 15, f"{len(new)} new segments after {len(flight)} late ACKs ({again})")
    c.abort()
