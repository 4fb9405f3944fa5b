"""Rows 133 to 136: selective acknowledgement."""
import time

from harness.net import expect
from prober import wire as w
from prober.connection import distance
from prober.registry import probe
from prober.services import CHARGEN, DISCARD, ECHO

_MOD = 1 << 32


def holes(c, *starts, size=10):
    """Pieces beyond gaps; the SACK blocks of the last answer."""
    blocks = []
    for start in starts:
        c.send("A", bytes(size), seq=c.snd_nxt + start)
        blocks = c.expect("A", ack=c.snd_nxt).sacks
    return [(distance(c.snd_nxt, a), distance(c.snd_nxt, b)) for a, b in blocks]


@probe(133, "RFC 2018 §4",
       "gaps are reported, the newest first, four of them or three beside timestamps")
def gaps_are_reported(client):
    for times, most in ((False, 4), (True, 3)):
        c = client.connect(DISCARD, sack=True, times=times)
        seen = holes(c, 100, 200, 300, 400, 500)
        wanted = [(at, at + 10) for at in (500, 400, 300, 200)][:most]
        expect(seen == wanted, f"blocks {seen}, not {wanted}")
        again = holes(c, 310)
        expect(again[0] == (300, 320), f"the newest block is {again[0]}")
    c = client.connect(DISCARD)
    expect(holes(c, 100) == [], "SACK, though not agreed")


@probe(134, "RFC 2018 §8", "SACK is a hint: what was reported and then dropped comes again",
       takes=4)
def reneging_is_survived(client):
    c = client.connect(CHARGEN, mss=1000, sack=True)
    flight = c.flight()
    block = flight[2].seq, (flight[-1].seq + len(flight[-1].data)) % _MOD
    for _ in range(4):
        c.acknowledge(options=w.NOP * 2 + w.sack(block))
    c.collect(0.1)
    # Nothing of it is there any more: everything is needed again, in order.
    got, end = c.rcv_nxt, time.monotonic() + 8
    while distance(got, block[1]) > 0:
        p = c.next(end)
        expect(p is not None, f"{distance(got, block[1])} bytes never came again")
        if p.data and p.seq == got:
            got = c.rcv_nxt = (p.seq + len(p.data)) % _MOD
            c.acknowledge()
    c.abort()


@probe(135, "RFC 2883", "what comes twice is reported in the first block (D-SACK)")
def duplicates_are_reported(client):
    c = client.connect(DISCARD, sack=True)
    c.text(bytes(100))
    c.expect("A", ack=c.snd_nxt)
    c.send("A", bytes(100), seq=c.snd_nxt - 100)
    ack = c.expect("A", ack=c.snd_nxt)
    wanted = ((c.snd_nxt - 100) % _MOD, c.snd_nxt)
    expect(ack.sacks[:1] == [wanted], f"blocks {ack.sacks}, not {wanted}")


@probe(136, "hardening", "SACK blocks that lie do no harm")
def lying_blocks_do_no_harm(client):
    c = client.connect(CHARGEN, mss=1000, sack=True)
    c.read(20000)
    flight = c.flight()
    una, nxt = flight[0].seq, (flight[-1].seq + len(flight[-1].data)) % _MOD
    lies = ((una - 5000, una - 100), (nxt, nxt + 1000), (nxt + 100000, nxt + 200000),
            (una + 10, una + 5), (una, nxt + 1), (una - 10, nxt + 10), (0, 0), (0, 0xFFFFFFFF),
            (una + 1, una + 1), (una - (1 << 31), una + (1 << 31)))
    for lie in lies:
        c.acknowledge(ack=una, options=w.NOP * 2 + w.sack(lie))
        c.acknowledge(ack=una, options=w.NOP * 2 + w.sack(lie, *lies[:2]))
    c.acknowledge(ack=una, options=b"\5\3\1" + b"\0")
    c.collect(0.05)
    c.rcv_nxt = una
    c.read(30000, within=5)
    c.abort()
    client.connect(ECHO).is_alive()
