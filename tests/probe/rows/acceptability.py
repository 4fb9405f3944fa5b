"""Rows 85 to 98: which segments of an open connection count."""
import itertools
import random
import time

from harness.net import expect
from prober.connection import distance
from prober.registry import probe
from prober.services import ECHO, HOLD

APART = 0.6  # challenge ACKs may be throttled to one in half a second


def close_the_window(client):
    """A connection to hold whose window we have filled. hold reads nothing."""
    c = client.connect(HOLD)
    room = c.syn_ack.window
    for _ in range(400):
        if room <= 0:
            break
        c.text(bytes(min(1400, room)))
        reply = c.expect("A", within=3, ack=c.snd_nxt)
        room = reply.window
    expect(room == 0, f"the window is still open by {room}")
    return c


@probe(85, "RFC 9293 §3.10.7.4 first",
       "what is not acceptable is answered with <SND.NXT, RCV.NXT, ACK>", takes=3)
def unacceptable_segments_are_acknowledged(client):
    for ahead, data in ((-1, b""), (-1000, b""), (-1000, b"old"), (1 << 30, b""), (1 << 30, b"new"),
                        (-(1 << 31), b"")):
        c = client.connect(ECHO)
        c.exchange(bytes(1000))
        time.sleep(0.05)
        c.forget()
        c.send("A", data, seq=c.snd_nxt + ahead)
        c.is_challenged()
        c.is_alive()


@probe(85, "RFC 9293 §3.10.7.4 first",
       "at a closed window only the next octet's ACK counts, no text", takes=2)
def nothing_is_acceptable_at_a_closed_window(client):
    for ahead in (0, 1):
        c = close_the_window(client)
        time.sleep(APART)
        c.forget()
        c.send("A", b"x", seq=c.snd_nxt + ahead)
        c.is_challenged()


@probe(86, "RFC 9293 §3.4", "sequence numbers wrap")
def sequence_numbers_wrap(client):
    for isn in (0xFFFFFF00, 0xFFFFFFFF, 0x7FFFFF00):
        c = client.connect(ECHO, isn=isn)
        for number in range(4):
            c.exchange(bytes((number,)) * 500)


@probe(87, "RFC 5961 §3.2", "a reset at RCV.NXT resets, with text on it too (SHLD-2)")
def an_exact_reset_resets(client):
    for flags, data in (("R", b""), ("RA", b""), ("R", b"why: because")):
        c = client.connect(ECHO)
        c.is_alive()
        c.send(flags, data)
        c.silence(0.1)
        c.is_gone()


@probe(88, "RFC 5961 §3.2", "a reset in the window, but not exact, is challenged")
def an_inexact_reset_is_challenged(client):
    for ahead in (1, 2, 1000, 30000):
        c = client.connect(ECHO)
        c.is_alive()
        c.send("R", seq=c.snd_nxt + ahead)
        c.is_challenged()
        c.is_alive()


@probe(89, "RFC 5961 §3.2", "a reset outside the window is met with silence")
def a_reset_outside_is_ignored(client):
    c = client.connect(ECHO)
    c.is_alive()
    for ahead in (-1, -1000, 1 << 30, 1 << 31):
        c.send("R", seq=c.snd_nxt + ahead)
    c.silence(0.3)
    c.is_alive()


@probe(90, "RFC 5961 §4.2", "any SYN is challenged, wherever it lies")
def any_syn_is_challenged(client):
    for ahead, flags in ((0, "S"), (1, "S"), (-1, "S"), (1000, "SA"), (1 << 30, "S"),
                         (-70000, "SA")):
        c = client.connect(ECHO)
        c.is_alive()
        c.send(flags, seq=c.snd_nxt + ahead)
        c.is_challenged()
        c.is_alive()


@probe(91, "RFC 5961 §5.2 (MAY-12)",
       "an ACK of what was never sent, or of long ago, is challenged, its text dropped")
def an_impossible_ack_is_challenged(client):
    for ahead in (1, 1000, 1 << 30, -(1 << 30), -200000):
        c = client.connect(ECHO)
        c.is_alive()
        c.send("PA", b"injected", ack=c.rcv_nxt + ahead)
        c.is_challenged()
        c.silence(0.1, data=b"injected")
        c.is_alive()


@probe(92, "RFC 5961 §7", "challenges of one connection are throttled")
def challenges_are_throttled(client):
    c = client.connect(ECHO)
    c.is_alive()
    for number in range(1000):
        c.send("R", seq=c.snd_nxt + 1 + number % 1000)
    challenges = len(c.collect(0.4, flags="A"))
    expect(1 <= challenges <= 20, f"{challenges} challenges for 1000 resets")
    c.is_alive()


@probe(93, "CVE-2016-5696", "the throttle of one connection tells nothing of another")
def the_throttle_is_not_shared(client):
    a, b = client.connect(ECHO), client.connect(ECHO)
    a.is_alive()
    b.is_alive()
    for number in range(500):
        a.send("R", seq=a.snd_nxt + 1 + number)
    b.send("R", seq=b.snd_nxt + 1)
    b.is_challenged()


@probe(94, "RFC 9293 §3.10.7.4 fifth", "a segment without ACK is dropped")
def without_ack_it_is_dropped(client):
    c = client.connect(ECHO)
    c.send("P", b"no ACK", ack=0)
    c.send("F", b"", ack=0)
    c.silence(0.4)
    c.exchange(b"in ord")


@probe(95, "RFC 9293 MUST-66",
       "at a closed window an exact reset resets, and urgent text is looked at", takes=2)
def at_a_closed_window_resets_count(client):
    c = close_the_window(client)
    c.send("PAU", b"u", urgent=1)
    c.expect("A", ack=c.snd_nxt)
    c.send("R")
    c.silence(0.1)
    c.is_gone()


@probe(96, "RFC 9293 §3.10.7.4 seventh",
       "text that is half old, or half beyond the window, is trimmed")
def text_is_trimmed(client):
    c = client.connect(ECHO)
    c.exchange(b"0123456789")
    c.send("PA", b"56789abcde", seq=c.snd_nxt - 5)
    c.snd_nxt += 5
    expect(c.read(5) == b"abcde", "the left edge")
    c = client.connect(HOLD)
    room = c.syn_ack.window
    while room > 1000:
        c.text(bytes(min(1000, room - 500)))
        room = c.expect("A", within=3, ack=c.snd_nxt).window
    c.forget()
    edge = c.right_edge
    c.send("PA", bytes(1400))
    taken = [p for p in c.collect(0.5) if p.ack != c.snd_nxt]
    for p in taken:
        beyond = max(0, distance(edge, c.right_edge))
        expect(distance(edge, p.ack) <= beyond, f"beyond the edge: {p}")
    expect(taken or distance(edge, c.right_edge) >= 0, "no answer")


@probe(97, "RFC 9293 §3.10.7.4", "of text that comes twice and differs, the first counts")
def the_first_bytes_win(client):
    c = client.connect(ECHO)
    c.send("PA", b"BBBBB", seq=c.snd_nxt + 5)
    c.expect("A", ack=c.snd_nxt)
    c.send("PA", b"bbbbb", seq=c.snd_nxt + 5)
    c.expect("A", ack=c.snd_nxt)
    c.send("PA", b"AAAAA")
    c.snd_nxt += 10
    got = c.read(10)
    expect(got in (b"AAAAABBBBB", b"AAAAAbbbbb"), f"{got!r}")
    expect(got == b"AAAAABBBBB", f"the later bytes won: {got!r}")


@probe(98, "RFC 9293 SHLD-31", "text out of order is kept: five segments in each of 120 orders",
       takes=3)
def any_order_gives_the_same_bytes(client):
    whole = bytes(random.randrange(256) for _ in range(500))
    for order in itertools.permutations(range(5)):
        c = client.connect(ECHO)
        for piece in order:
            c.send("PA", whole[piece * 100:piece * 100 + 100], seq=c.snd_nxt + piece * 100)
        c.snd_nxt = (c.snd_nxt + 500) & 0xFFFFFFFF
        expect(c.read(500) == whole, f"order {order}")
        c.abort()
