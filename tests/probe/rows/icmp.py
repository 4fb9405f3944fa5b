"""Rows 26 to 36: ICMP and, where a row is said of both, ICMPv6."""
import struct
import time

from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.services import ECHO

V4, V6 = (4,), (6,)
CLOSED = 99
UNKNOWN = 253  # RFC 3692: for experiments, so that nobody speaks it


def unreachable(client, code):
    """How an ICMP error of this kind is recognised: code port or protocol."""
    if client.v6:
        return {"kind": "icmp", "type": 1, "code": 4} if code == 3 else {"kind": "icmp", "type": 4,
                                                                        "code": 1}
    return {"kind": "icmp", "type": 3, "code": code}


@probe(26, "RFC 1122 §3.2.2.6 MUST; RFC 4443 §4.2",
       "an echo comes back whatever its size, from the address that was asked")
def echo_comes_back(client):
    for number, size in enumerate((0, 1, 56, 1472 if not client.v6 else 1452)):
        for to in (client.to, client.second):
            data = bytes((i * 7 + size) & 0xFF for i in range(size))
            client.send(client.echo_request(data, ident=0xABCD, number=number, to=to))
            reply = client.expect(kind="icmp", type=client.echo_reply, code=0, source=to)
            expect(reply.rest == struct.pack("!HH", 0xABCD, number), reply.rest.hex())
            expect(reply.data == data, f"{size} bytes became {len(reply.data)}")


@probe(27, "RFC 1122 §3.2.2.6", "echo to a broadcast or multicast address is ignored (Smurf)",
       families=V4)
def echo_to_a_group_is_ignored(client):
    groups = (("198.18.255.255", w.BROADCAST), ("255.255.255.255", w.BROADCAST),
              ("198.18.0.0", w.BROADCAST), ("224.0.0.1", w.group_mac("224.0.0.1")),
              ("198.18.255.255", client.target.mac))
    bad = [client.echo_request(to=to, mac_to=mac) for to, mac in groups]
    client.only_the_good(client.echo_request, {"type": client.echo_reply}, bad)


@probe(28, "RFC 792; RFC 4443 §2.3", "a bad ICMP checksum is met with silence")
def a_bad_icmp_checksum_is_dropped(client):
    bad = [client.echo_request(sum_error=e) for e in (1, 0xFFFF, 0x0100)]
    client.only_the_good(client.echo_request, {"type": client.echo_reply}, bad)


@probe(29, "RFC 1122 §3.2.2 MUST; RFC 4443 §2.4(a), (b)",
       "an unknown ICMP type is silently dropped")
def unknown_icmp_types_are_dropped(client):
    types = (0, 99, 100, 126, 127, 200, 201, 255) if client.v6 else (1, 2, 7, 42, 255)
    bad = [client.message(t, data=client.echo_request()[14:]) for t in types]
    client.only_the_good(client.echo_request, {"type": client.echo_reply}, bad)


@probe(30, "RFC 1122 §3.2.2 MUST NOT; RFC 4443 §2.4(e)",
       "no ICMP error about an ICMP error, a broadcast, or a later fragment")
def no_errors_about_errors(client):
    bad = []
    if client.v6:
        inner = client.datagram(CLOSED, b"x", source=client.to, to=client.address)[14:]
        bad += [client.message(t, 0, data=inner) for t in (1, 3, 4, 99)]
        bad.append(client.datagram(CLOSED, b"x", to="ff02::1", mac_to=w.group_mac("ff02::1")))
        body = w.fragment6(w.UDP, client.datagram(CLOSED, bytes(64))[54:], 1200)
        bad.append(client.packet(w.FRAGMENT, body))
    else:
        inner = client.datagram(CLOSED, b"x", source=client.to, to=client.address)[14:]
        bad += [client.message(t, c, data=inner) for t, c in ((3, 3), (11, 0), (12, 0), (3, 15))]
        bad += [client.datagram(CLOSED, b"x", to=to, mac_to=w.BROADCAST)
                for to in ("198.18.255.255", "255.255.255.255", client.to)]
        bad.append(client.datagram(CLOSED, b"x", to="224.0.0.1", mac_to=w.group_mac("224.0.0.1")))
        bad.append(client.packet(w.UDP, bytes(64), df=False, offset_bytes=1200))
        bad.append(client.packet(UNKNOWN, bytes(64), df=False, offset_bytes=1200))
    client.only_the_good(lambda: client.datagram(CLOSED, b"x"), unreachable(client, 3), bad, 0.6)


@probe(31, "RFC 1122 §3.2.2 MUST; RFC 4443 §2.4(c)", "an error quotes what it is about, unchanged")
def errors_quote_the_packet(client):
    frame = client.datagram(CLOSED, bytes(range(200)), tos=0x28, ttl=33)
    client.send(frame)
    error = client.expect(**unreachable(client, 3))
    least = len(frame) - 14 if client.v6 else 28
    expect(len(error.data) >= least, f"only {len(error.data)} bytes")
    expect(error.data == frame[14:14 + len(error.data)], error.data[:48].hex())
    if client.v6:
        expect(error.rest == bytes(4), "the unused field is not zero")
        large = client.datagram(CLOSED, bytes(1400))
        client.send(large)
        error = client.expect(**unreachable(client, 3))
        expect(48 + len(error.data) <= 1280, "longer than the minimum MTU")
        expect(error.data == large[14:14 + len(error.data)], "a long quote is spoilt")


@probe(32, "RFC 1122 §3.2.2.1 SHOULD", "an unknown protocol is unreachable (3/2)", families=V4)
def an_unknown_protocol_is_unreachable(client):
    frame = client.packet(UNKNOWN, b"who speaks this?")
    client.send(frame)
    error = client.expect(kind="icmp", type=3, code=2)
    expect(error.data[:28] == frame[14:42], error.data.hex())


@probe(33, "RFC 1122 §4.1.3.1 SHOULD; RFC 4443 §3.1",
       "a datagram to a closed port is answered: port unreachable")
def a_closed_udp_port_is_unreachable(client):
    for to in (client.to, client.second):
        client.send(client.datagram(CLOSED, b"anyone?", to=to))
        client.expect(**unreachable(client, 3), source=to)
    client.udp_echo()


@probe(34, "RFC 1812 §4.3.2.8", "ICMP errors are limited in rate", alone=True, takes=3)
def errors_are_limited(client):
    _flood_of_errors(client, 6000)


def _flood_of_errors(client, count):
    frames = [client.datagram(CLOSED, b"flood") for _ in range(count)]
    for at in range(0, count, 200):
        client.send(*frames[at:at + 200])
    errors = len(client.collect(1.0, kind="icmp"))
    expect(1 <= errors < count / 2, f"{errors} errors about {count} datagrams")


@probe(174, "RFC 4443 §2.4(f) MUST", "ICMPv6 errors are limited in rate", families=V6, alone=True,
       takes=3)
def errors_are_limited_in_v6(client):
    _flood_of_errors(client, 6000)


@probe(35, "RFC 1122 §3.2.2.2 (hardening)", "a redirect does not move traffic of a server",
       families=V4)
def redirects_are_ignored(client):
    away = client.target.client(4, off_link=True)
    gateway = client.target.gateways[4]
    away.udp_echo(b"before")
    echo = away.udp_echo(b"what the redirect quotes")
    client.is_answered()  # the bogus gateway is a neighbour, and known
    client.send(gateway.message(5, 1, w.packed(client.address), echo.frame[14:42]))
    time.sleep(0.3)
    reply = away.udp_echo(b"after")
    expect(reply.mac_to == away.mac, "the reply went to the bogus gateway")


@probe(36, "RFC 1122 §3.2.2.8, §3.2.2.9",
       "timestamp and mask requests: silence, or the right answer", families=V4)
def timestamp_and_mask_requests(client):
    client.is_answered()
    client.send(client.message(13, 0, b"\0\7\0\1", bytes(12)),
                client.message(17, 0, b"\0\7\0\1", bytes(4)))
    for reply in client.collect(0.5):
        expect(reply.type == 14 and reply.rest == b"\0\7\0\1" and len(reply.data) == 12, str(reply))
    client.is_answered()
