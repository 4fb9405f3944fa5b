"""Rows 159 to 164: what ICMP may do to a connection, which is little (RFC 5927)."""
import struct

from harness.net import expect
from prober.connection import distance
from prober.registry import probe
from prober.services import CHARGEN, ECHO

_MOD = 1 << 32

# (type, code) as IPv4 says it, and as IPv6 does.
SOFT = {4: ((3, 0), (3, 1), (3, 5), (11, 0), (11, 1), (12, 0)),
        6: ((1, 0), (1, 3), (1, 2), (3, 0), (3, 1), (4, 0))}
HARD = {4: ((3, 2), (3, 3), (3, 9), (3, 10), (3, 13)), 6: ((1, 4), (1, 1), (4, 1), (1, 5), (1, 6))}


def quote(c, seq, size=8, **changed):
    """Their segment, as a router would quote it."""
    client = c.client
    ports = {"sport": c.sport, "port": c.port, **changed}
    head = struct.pack("!HHIIHHHH", ports["port"], ports["sport"], seq % _MOD, 0, 0x5010, 1000, 0,
                       0)
    return client.packet(6, (head + bytes(1400))[:max(size, 20 if client.v6 else 8)],
                         source=client.to, to=client.address)[14:]


def error(c, kind, code, seq, rest=bytes(4), **changed):
    c.client.send(c.client.message(kind, code, rest, quote(c, seq, **changed)))


def survives(c, errors):
    c.text(b"in flight")
    p = c.expect(data=b"in flight")
    for kind, code in errors:
        error(c, kind, code, p.seq)
        error(c, kind, code, p.seq, size=40)
    c.collect(0.1)
    c.accept(p)
    c.acknowledge()
    c.is_alive()


@probe(159, "RFC 9293 MUST-54, MUST-56, SHLD-25", "soft errors abort nothing")
def soft_errors_abort_nothing(client):
    survives(client.connect(ECHO), SOFT[client.family])


@probe(160, "RFC 5927 §5.2 over RFC 9293 SHLD-26",
       "protocol and port unreachable abort no open connection")
def hard_errors_abort_nothing(client):
    survives(client.connect(ECHO), HARD[client.family])


@probe(161, "RFC 9293 MUST-55", "source quench is dropped", families=(4,))
def source_quench_is_dropped(client):
    c = client.connect(CHARGEN, mss=1000)
    flight = c.flight()
    error(c, 4, 0, flight[0].seq)
    c.accept_all(flight)
    following = c.flight()
    expect(len(following) > len(flight), f"{len(flight)} then {len(following)} segments")
    c.abort()


def too_big(c, mtu, seq, **changed):
    """Fragmentation needed, or packet too big."""
    if c.client.v6:
        error(c, 2, 0, seq, struct.pack("!I", mtu), size=600, **changed)
    else:
        error(c, 3, 4, seq, struct.pack("!HH", 0, mtu), **changed)


def shrink(c, mtu, seq, text):
    """The network takes no more than `mtu`; then `text` bytes are read, as what is lost comes again."""
    too_big(c, mtu, seq)
    c.collect(0.1)
    c.rcv_nxt = seq
    c.read(text)


def largest(c, within=2.0):
    flight = c.flight(within=within)
    c.accept_all(flight)
    return max(len(p.data) for p in flight)


@probe(162, "RFC 1191; RFC 8201; RFC 5927 §7",
       "a path MTU is believed of what is in flight, down to a floor", takes=3)
def the_path_mtu_is_followed(client):
    c = client.connect(CHARGEN)
    full = largest(c)
    flight = c.flight()
    too_big(c, 1400, flight[0].seq - 100000)
    too_big(c, 1400, flight[-1].seq + 1000000)
    c.accept_all(flight)
    expect(largest(c) == full, "a quote of what is not in flight is believed")
    flight = c.flight()
    mtu = 1300 if client.v6 else 1000
    too_big(c, mtu, flight[0].seq)
    again = c.expect(seq=flight[0].seq, within=1)
    wanted = mtu - (60 if client.v6 else 40)
    expect(len(again.data) <= wanted, f"{len(again.data)} bytes for an MTU of {mtu}")
    c.collect(0.1)
    c.rcv_nxt = flight[0].seq
    c.read(40000)
    flight = c.flight()
    shrink(c, 68, flight[0].seq, 10000)
    floor = largest(c)
    expect(floor >= (1220 if client.v6 else 472), f"no floor: {floor}")
    c.abort()


@probe(171, "RFC 8200 §5; RFC 8201 §4", "a packet too big below 1280 does not go below it",
       families=(6,), takes=2)
def below_the_minimum_mtu(client):
    c = client.connect(CHARGEN)
    flight = c.flight()
    shrink(c, 600, flight[0].seq, 20000)
    size = largest(c)
    expect(size >= 1220, f"segments of {size}")
    c.abort()


@probe(163, "RFC 4821", "when large packets vanish without a word, smaller ones are tried",
       takes=19)
def a_black_hole_is_found(client):
    c = client.connect(CHARGEN)
    wall = 1232 if client.v6 else 1000  # RFC 8200 §5: 1280 bytes pass everywhere
    c.flight()
    p = c.expect(within=18, data=lambda d: 0 < len(d) <= wall)
    got = c.rcv_nxt
    expect(distance(got, p.seq) <= 0, f"no progress: {p}")
    c.abort()


@probe(164, "RFC 5927 §4",
       "an error about another connection, or with a wrong checksum, is ignored")
def errors_of_others_are_ignored(client):
    c = client.connect(ECHO)
    c.text(b"in flight")
    p = c.expect(data=b"in flight")
    kind, code = (1, 4) if client.v6 else (3, 3)
    error(c, kind, code, p.seq, sport=c.sport + 1)
    error(c, kind, code, p.seq, port=c.port + 1)
    error(c, kind, code, p.seq + (1 << 30))
    client.send(client.message(kind, code, bytes(4), quote(c, p.seq), sum_error=1))
    client.send(client.message(kind, code, bytes(4), quote(c, p.seq)[:24]))
    client.send(client.message(kind, code, bytes(4), b""))
    client.silence(0.1)
    c.accept(p)
    c.acknowledge()
    c.is_alive()
