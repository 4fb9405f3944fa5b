"""Rows 14 to 19 and, over IPv6, 168 to 170: fragments."""
import random
import time

from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.services import ECHO

V6 = (6,)


def whole(client, data, sport=None, port=ECHO):
    """A datagram, not yet in an IP packet."""
    return w.udp(client.address, client.to, sport or client.port(), port, data)


def fragment(client, body, offset, more, ident, protocol=w.UDP, **fields):
    if client.v6:
        return client.packet(w.FRAGMENT, w.fragment6(protocol, body, offset, more, ident), **fields)
    return client.packet(protocol, body, df=False, mf=more, offset_bytes=offset, ident=ident,
                         **fields)


def cut(client, datagram, *edges, ident=None, protocol=w.UDP):
    """The datagram in fragments that end at these offsets."""
    ident = random.randrange(1, 1 << 16) if ident is None else ident
    edges = (0, *edges, len(datagram))
    return [fragment(client, datagram[a:b], a, b < len(datagram), ident, protocol)
            for a, b in zip(edges, edges[1:])]


def gathered(client, sport, within=1.0):
    """A datagram that comes to us, whole or in fragments."""
    pieces, protocol = {}, None
    end = time.monotonic() + within
    while (p := client.next(end)) is not None:
        if p.kind == "udp" and p.dport == sport:
            return p.data
        if p.kind == "fragment" and p.protocol == w.UDP:
            pieces[p.offset], protocol = p, p.protocol
            last = [q for q in pieces.values() if not q.mf]
            size = last and last[0].offset + len(last[0].body)
            if last and sum(len(q.body) for q in pieces.values()) == size:
                return b"".join(pieces[at].body for at in sorted(pieces))[8:]
    expect(False, f"no datagram for port {sport} ({protocol}); seen: {client.seen()}")
    return None


@probe(14, "RFC 1122 §3.3.2 MUST; RFC 8200 §4.5", "fragments in any order become the datagram")
def fragments_are_reassembled(client):
    for size, edges in ((500, (104,)), (1300, (400, 800)), (3000, (1400, 2800))):
        data = random.randbytes(size)
        for order in (1, -1):
            sport = client.port()
            client.send(*cut(client, whole(client, data, sport), *edges)[::order])
            expect(gathered(client, sport) == data, f"{size} bytes came back otherwise")


@probe(15, "RFC 1122 §3.3.2 MUST (15 s by setting)",
       "an incomplete datagram is given up, with time exceeded 1 if its head came", takes=19)
def incomplete_datagrams_are_given_up(client):
    first, last = cut(client, whole(client, bytes(1000)), 504)
    client.send(first)
    client.send(cut(client, whole(client, bytes(1000)), 504)[1])  # of this one no head: no error
    kind = 3 if client.v6 else 11
    error = client.expect(within=18.5, kind="icmp", type=kind, code=1)
    expect(error.data[:20] == first[14:34] or not client.v6, "another packet is quoted")
    client.send(last)
    client.silence(0.3)


def echoes(client, frames, sport, seconds=0.4):
    client.send(*frames)
    return client.collect(seconds, kind="udp", dport=sport)


@probe(16, "RFC 5722; RFC 8200 §4.5", "fragments that overlap discard the datagram")
def overlapping_fragments_are_discarded(client):
    fragments_do_come_back(client)
    data = bytes(range(200)) * 3
    for a, b in ((400, 392), (400, 16), (400, 200)):
        sport = client.port()
        datagram = whole(client, data, sport)
        ident = random.randrange(1, 1 << 16)
        evil = fragment(client, b"E" * (408 - b), b, True, ident)
        frames = [fragment(client, datagram[:a], 0, True, ident), evil,
                  fragment(client, datagram[408:], 408, False, ident)]
        expect(not echoes(client, frames, sport), f"overlap from {b}")
    client.is_answered()


def fragments_do_come_back(client):
    sport = client.port()
    client.send(*cut(client, whole(client, b"x" * 600, sport), 400))
    expect(gathered(client, sport) == b"x" * 600, "fragments do not come back at all")


@probe(17, "RFC 1858; RFC 3128", "a TCP header that is cut in two opens nothing", families=(4,),
       linux="reassembles a TCP header, whatever its pieces")
def tiny_fragments_are_dropped(client):
    sport = client.port()
    segment = w.tcp(client.address, client.to, sport, ECHO, "S")
    client.send(*cut(client, segment, 8, protocol=w.TCP))
    client.send(*cut(client, segment, 16, protocol=w.TCP))
    client.silence(0.4, flags="SA")
    client.send(client.segment(ECHO, "S", sport=sport))
    client.expect("SA", dport=sport)


@probe(18, "RFC 791", "a fragment beyond 65 535 does no harm (ping of death)")
def the_ping_of_death(client):
    ident = 4242
    client.send(*[fragment(client, bytes(1400), at, True, ident, protocol=client.icmp_protocol)
                  for at in range(0, 65000, 1400)])
    client.send(fragment(client, bytes(1400), 0x1FFF * 8, False, ident,
                         protocol=client.icmp_protocol))
    client.silence(0.2, type=client.echo_reply)
    client.is_answered()


@probe(19, "hardening", "4 000 lone first fragments cost a bounded memory; whole packets pass",
       alone=True, takes=2)
def lone_fragments_are_bounded(client):
    for number in range(4000):
        client.send(fragment(client, whole(client, bytes(800))[:800], 0, True, number))
        if number % 1000 == 0:
            client.is_answered()
    client.udp_echo(b"whole")
    client.connect(ECHO).is_alive()


@probe(168, "RFC 8200 §4.5; RFC 5722",
       "overlap discards a datagram silently, all of its fragments", families=V6)
def overlap_is_silent_in_v6(client):
    fragments_do_come_back(client)
    sport = client.port()
    datagram, ident = whole(client, bytes(800), sport), 77
    client.send(fragment(client, datagram[:400], 0, True, ident),
                fragment(client, datagram[392:600], 392, True, ident),
                fragment(client, datagram[600:], 600, False, ident))
    client.silence(0.4)


@probe(169, "RFC 6946", "an atomic fragment is a packet by itself", families=V6)
def atomic_fragments_stand_alone(client):
    ident = 99
    for text in (b"one", b"two"):
        sport = client.port()
        # A fragment of the same number waits; it has nothing to do with this one.
        client.send(fragment(client, whole(client, bytes(600))[:400], 0, True, ident))
        client.send(fragment(client, whole(client, text, sport), 0, False, ident))
        client.expect(kind="udp", dport=sport, data=text)


@probe(170, "RFC 8200 §4.5",
       "a fragment not of eights, or beyond 65 535, is a parameter problem at its length or offset",
       families=V6)
def wrong_fragment_lengths(client):
    odd = fragment(client, whole(client, bytes(100))[:101], 0, True, 5)
    client.send(odd)
    problem = client.expect(kind="icmp", type=4, code=0)
    expect(problem.rest == b"\0\0\0\4", f"the pointer is {problem.rest.hex()}")
    client.send(fragment(client, bytes(1000), 0xFFF8, False, 6))
    problem = client.expect(kind="icmp", type=4, code=0)
    expect(problem.rest == b"\0\0\0\x2a", f"the pointer is {problem.rest.hex()}")


@probe(184, "RFC 7739", "the identification of fragments cannot be guessed", families=V6)
def fragment_numbers_are_unpredictable(client):
    numbers = []
    for _ in range(20):
        sport = client.port()
        client.send(*cut(client, whole(client, bytes(2000), sport), 1000))
        piece = client.expect(kind="fragment")
        numbers.append(piece.ident)
        client.collect(0.02)
    steps = {b - a for a, b in zip(numbers, numbers[1:])}
    expect(len(set(numbers)) == 20, "numbers repeat")
    expect(len(steps) > 15 and max(map(abs, steps)) > 1 << 16, f"steps of {sorted(steps)[:5]}")
