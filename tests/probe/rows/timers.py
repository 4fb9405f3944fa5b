"""Rows 115 to 119: the retransmission timeout."""
import time

from harness.net import expect
from prober.registry import probe
from prober.services import DAYTIME, ECHO


def repeats(c, seconds, data):
    """When the segment with these bytes was sent, for so long."""
    return [p.at for p in c.collect(seconds, data=data)]


def gaps_of(times):
    return [b - a for a, b in zip(times, times[1:])]


@probe(115, "RFC 6298 §2.1 to §2.5",
       "text without an ACK is sent again after the RTO, 0.2 s at least", takes=4)
def text_is_sent_again(client):
    c = client.connect(DAYTIME)
    first = c.expect(data=lambda d: len(d) > 0)
    gaps = gaps_of([first.at] + repeats(c, 3.5, first.data))
    expect(gaps, "it is not sent again")
    expect(0.18 <= gaps[0] <= 3.1, f"sent again after {gaps[0]:.3f} s")


@probe(117, "RFC 6298 §5.5; RFC 9293 MUST-19", "the RTO doubles", takes=8)
def the_timeout_doubles(client):
    c = client.connect(ECHO)
    c.exchange(b"a round trip is known")
    c.text(b"echo")
    first = c.expect(data=b"echo")
    gaps = gaps_of([first.at] + repeats(c, 7, b"echo"))
    gaps = gaps[-3:]
    expect(len(gaps) == 3, f"{len(gaps)} repetitions in 7 s")
    expect(all(1.7 <= b / a <= 2.5 for a, b in zip(gaps, gaps[1:])), f"after {gaps}")


@probe(116, "RFC 6298 §3; RFC 9293 MUST-18",
       "an ACK of what was sent twice is no measure of the round trip", takes=6)
def ambiguous_acks_are_not_measured(client):
    c = client.connect(ECHO)
    for _ in range(3):
        c.exchange(b"a round trip is known")
    c.text(b"slow")
    slow = c.expect(data=b"slow")
    expect(repeats(c, 3.3, b"slow"), "it is not sent again")
    c.accept(slow)
    c.acknowledge()
    c.exchange(b"a valid sample", within=3)
    time.sleep(0.1)
    c.forget()
    c.text(b"last")
    first = c.expect(data=b"last", within=3)
    again = c.expect(data=b"last", within=3)
    expect(again.at - first.at < 1.2, f"the RTO is {again.at - first.at:.2f} s: 3 s were measured")


@probe(118, "RFC 6298 §5.7", "after a lost SYN-ACK the RTO of text begins at 3 s", takes=6)
def the_timeout_after_a_lost_syn_ack(client):
    c = client.half_open(DAYTIME)
    c.expect("SA", within=2.5)
    c.acknowledge()
    first = c.expect(data=lambda d: len(d) > 0)
    again = c.expect(data=first.data, within=4)
    expect(2.7 <= again.at - first.at <= 3.5, f"sent again after {again.at - first.at:.2f} s")


@probe(119, "RFC 9293 MUST-20, SHLD-10, SHLD-11",
       "text is tried three times at least, and for 100 s", takes=125)
def it_is_tried_for_a_hundred_seconds(client):
    c = client.connect(ECHO)
    c.exchange(b"a round trip is known")
    c.text(b"echo")
    first = c.expect(data=b"echo")
    times = repeats(c, 98, b"echo")
    expect(len(times) >= 3, f"{len(times)} repetitions")
    c.accept(first)
    c.is_alive()
