"""Rows 165 to 176: IPv6 headers and ICMPv6."""
import struct

from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.services import ECHO

V6 = (6,)
CLOSED, UNKNOWN = 99, 253
PAD = b"\1\2\0\0"
ROUTED = b"\0\0\0\0"  # an empty routing header's type-specific data


def chain(client, kinds, inner, protocol=w.UDP, **fields):
    """A packet with these extension headers before its payload."""
    body, following = inner, protocol
    for kind in reversed(kinds):
        if kind == w.FRAGMENT:
            body = w.fragment6(following, body)
        elif kind == w.ROUTING:
            body = bytes((following, 0, 253, 0)) + ROUTED + body
        else:
            body = w.padded_options(following, PAD) + body
        following = kind
    return client.packet(following, body, **fields)


def echoed(client, kinds, **fields):
    sport = client.port()
    datagram = w.udp(client.address, client.to, sport, ECHO, b"chained")
    return sport, chain(client, kinds, datagram, **fields)


@probe(165, "RFC 8200 §4.1", "extension headers are taken in any order", families=V6)
def extension_headers_are_taken(client):
    h, r, f, d = w.HOP_BY_HOP, w.ROUTING, w.FRAGMENT, w.DESTINATION
    for kinds in ((h,), (d,), (h, d), (h, d, r), (r, d), (d, f), (h, d, r, f, d), (f, d), (d, d)):
        sport, frame = echoed(client, kinds)
        client.send(frame)
        client.expect(kind="udp", dport=sport, data=b"chained")


@probe(165, "RFC 8200 §4, §4.3", "hop-by-hop options stand first or are a parameter problem",
       families=V6)
def hop_by_hop_is_first(client):
    _, frame = echoed(client, (w.DESTINATION, w.HOP_BY_HOP))
    client.send(frame)
    problem = client.expect(kind="icmp", type=4, code=1)
    expect(problem.rest == struct.pack("!I", 40), f"the pointer is {problem.rest.hex()}")


@probe(165, "hardening", "a chain of forty headers does no harm", families=V6)
def long_chains_do_no_harm(client):
    for kinds in ((w.DESTINATION,) * 40, (w.ROUTING,) * 40, (w.FRAGMENT,) * 40):
        client.send(echoed(client, kinds)[1])
    client.send(client.packet(w.DESTINATION, b"\x3c\xff" + bytes(6)))  # longer than its packet
    client.send(client.packet(w.DESTINATION, b"\x3c"))
    client.collect(0.2)
    client.is_answered()


def with_option(client, kind, number, to=None, mac=None):
    """An unknown option in a destination options header."""
    option = bytes((number, 2, 0, 0))
    datagram = w.udp(client.address, to or client.to, client.port(), ECHO, b"optional")
    fields = {"to": to, "mac_to": mac} if to else {}
    return client.packet(kind, w.padded_options(w.UDP, option) + datagram, **fields)


@probe(166, "RFC 8200 §4.2", "the top bits of an unknown option say: skip, drop, or complain",
       families=V6)
def unknown_options_by_their_bits(client):
    group, mac = "ff02::1", w.group_mac("ff02::1")
    client.send(with_option(client, w.DESTINATION, 0x1E))
    client.expect(kind="udp", data=b"optional")
    client.send(with_option(client, w.DESTINATION, 0x5E))
    client.silence(0.2)
    for number, to, mac_to, told in ((0x9E, None, None, True), (0xDE, None, None, True),
                                     (0x9E, group, mac, True), (0xDE, group, mac, False)):
        client.send(with_option(client, w.DESTINATION, number, to, mac_to))
        found = client.collect(0.3, kind="icmp", type=4, code=2)
        expect(len(found) == told, f"{number:#x} to {to or 'us'}: {len(found)} parameter problems")
        for problem in found:
            expect(problem.rest == struct.pack("!I", 42), f"the pointer is {problem.rest.hex()}")


@probe(167, "RFC 5095; RFC 8200 §4.4",
       "a routing header of type 0 with hops left is a parameter problem", families=V6)
def routing_type_zero(client):
    rh0 = bytes((w.UDP, 2, 0, 1)) + bytes(4) + w.packed("2001:db8::77")
    datagram = w.udp(client.address, client.to, client.port(), ECHO, b"x")
    client.send(client.packet(w.ROUTING, rh0 + datagram))
    problem = client.expect(kind="icmp", type=4, code=0)
    expect(problem.rest == struct.pack("!I", 42), f"the pointer is {problem.rest.hex()}")


@probe(172, "RFC 8200 §8.1", "a datagram without a checksum is dropped", families=V6)
def no_checksum_is_dropped_in_v6(client):
    bad = [client.datagram(port, b"unsummed", no_sum=True) for port in (ECHO, CLOSED)]
    client.only_the_good(lambda: client.datagram(ECHO, b"good"), {"data": b"good"}, bad)


@probe(173, "RFC 4443 §2.4(e)",
       "no error about an error, a redirect, a group, or a source that is no host", families=V6)
def no_errors_in_v6(client):
    all_nodes, mac = "ff02::1", w.group_mac("ff02::1")
    bad = [client.packet(UNKNOWN, b"x", to=all_nodes, mac_to=mac),
           client.datagram(CLOSED, b"x", to=all_nodes, mac_to=mac),
           client.datagram(CLOSED, b"x", mac_to=mac),
           client.datagram(CLOSED, b"x", source="ff02::5"),
           client.message(1, 4, data=client.datagram(CLOSED, b"x")[14:]),
           client.message(137, 0, data=bytes(32), ttl=255),
           client.message(77, 0, data=client.datagram(CLOSED, b"x")[14:])]
    client.only_the_good(lambda: client.datagram(CLOSED, b"x"), {"type": 1, "code": 4}, bad)


@probe(175, "RFC 4443 §3.1, §3.4",
       "a closed port is 1/4, an unknown next header 4/1 with its place", families=V6)
def what_icmpv6_says(client):
    frame = client.packet(UNKNOWN, b"who speaks this?")
    client.send(frame)
    problem = client.expect(kind="icmp", type=4, code=1)
    expect(problem.rest == struct.pack("!I", 6), f"the pointer is {problem.rest.hex()}")
    expect(problem.data == frame[14:], "the quote is spoilt")
    client.send(client.datagram(CLOSED, b"anyone?"))
    client.expect(kind="icmp", type=1, code=4)
    client.send(client.packet(59, b""))  # no next header: nothing to complain about
    client.silence(0.3)


@probe(175, "RFC 4443 §3.4", "behind an extension header the place is further back", families=V6)
def the_pointer_behind_a_header(client):
    client.send(chain(client, (w.DESTINATION,), b"x" * 8, protocol=UNKNOWN))
    problem = client.expect(kind="icmp", type=4, code=1)
    expect(problem.rest == struct.pack("!I", 40), f"the pointer is {problem.rest.hex()}")


@probe(176, "RFC 4443 §4.1, §4.2", "an echo to all nodes is answered from a unicast address",
       families=V6)
def echo_to_all_nodes(client):
    solicited = w.solicited_node(client.to)
    for group in ("ff02::1", solicited):
        client.send(client.echo_request(b"everybody?", to=group, mac_to=w.group_mac(group)))
        reply = client.expect(kind="icmp", type=129, data=b"everybody?")
        expect(not reply.source.startswith("ff"), f"from {reply.source}")
    other = "ff02::1:ff99:9999"
    client.send(client.echo_request(to=other, mac_to=w.group_mac(other)))
    client.silence(0.3)
