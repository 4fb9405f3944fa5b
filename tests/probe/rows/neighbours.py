"""Rows 177 to 183: neighbour discovery, and the flow label."""
import struct
import time

from harness.net import expect
from prober import wire as w
from prober.cable import advertisement
from prober.registry import probe
from prober.services import ECHO
from rows.link import ask

V6 = (6,)
SOLICITED, OVERRIDE = 0x40000000, 0x20000000


def solicitation(client, target=None, to=None, options=None, source=None, body=None, **fields):
    target = target or client.to
    to = to or w.solicited_node(target)
    mac = w.group_mac(to) if to.startswith("ff") else client.target.mac
    options = b"\1\1" + client.mac if options is None else options
    data = w.packed(target) + options if body is None else body
    extra = {"source": source} if source else {}
    return client.message(135, fields.pop("code", 0), data=data, to=to, mac_to=mac,
                          **{"ttl": 255, **extra, **fields})


def advertised(client, **want):
    return client.expect(kind="icmp", type=136, **want)


@probe(177, "RFC 4861 §7.1.1", "a solicitation that cannot be is silently dropped", families=V6)
def wrong_solicitations_are_dropped(client):
    bad = [solicitation(client, ttl=254), solicitation(client, ttl=64),
           solicitation(client, sum_error=1), solicitation(client, code=1),
           solicitation(client, body=w.packed(client.to)[:12]),
           solicitation(client, options=b"\1\0" + client.mac),
           solicitation(client, options=b"\x0e\0"),
           solicitation(client, target="ff02::1", to="ff02::1"),
           solicitation(client, target="2001:db8::200")]
    client.only_the_good(lambda: solicitation(client), {"type": 136}, bad)


@probe(178, "RFC 4861 §7.2.4", "a solicitation is answered: S, O, the target, our MAC", families=V6)
def solicitations_are_answered(client):
    for to, target in ((None, client.to), (client.to, client.to), (None, client.second)):
        client.send(solicitation(client, target, to))
        reply = advertised(client, source=target, to=client.address)
        flags = struct.unpack("!I", reply.rest)[0]
        expect(flags & SOLICITED and (flags & OVERRIDE or to), f"flags {flags:#x}")
        expect(flags & 0x80000000 == 0, "we are no router")
        expect(reply.ttl == 255 and reply.code == 0, f"hop limit {reply.ttl}")
        expect(reply.data[:16] == w.packed(target), "another target")
        if not to:
            options = reply.data[16:]
            expect(options == b"\2\1" + client.target.mac, f"options {options.hex()}")
        expect(reply.mac_to == client.mac, "another MAC")
    # RFC 4862 §5.4.3: who asks for it as its own hears that it is taken.
    client.groups.forget()
    client.send(solicitation(client, source="::", options=b""))
    reply = client.groups.expect(kind="icmp", type=136)
    expect(struct.unpack("!I", reply.rest)[0] & SOLICITED == 0, "solicited, though nobody asked")
    expect(reply.data[:16] == w.packed(client.to), "another target")


@probe(179, "RFC 4861 §7.2.5",
       "an advertisement that nobody asked for makes no entry; without O it moves none",
       families=V6)
def advertisements_teach_what_was_asked(client):
    stranger = client.target.client(6)
    bogus = b"\x02\x59" + stranger.mac[2:]
    client.send(advertisement(bogus, stranger.address, client.target.mac, client.to, OVERRIDE))
    client.send(advertisement(bogus, stranger.address, w.group_mac("ff02::1"), "ff02::1", OVERRIDE))
    time.sleep(0.2)
    reply = stranger.udp_echo(b"resolved after all")
    expect(stranger.questions and reply.mac_to == stranger.mac, "the advertisement was believed")
    client.send(advertisement(bogus, stranger.address, client.target.mac, client.to, SOLICITED))
    time.sleep(0.2)
    reply = stranger.udp_echo(b"not moved")
    expect(reply.mac_to == stranger.mac, "moved without the override flag")


def moves_silently(client):
    client.is_answered()
    client.mac = b"\x02\x5a" + client.mac[2:]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        client.send(client.echo_request())
        replies = client.collect(1.0, kind="icmp", type=client.echo_reply)
        if any(p.mac_to == client.mac for p in replies):
            return
    expect(False, "traffic does not follow within 60 s")


@probe(3, "RFC 1122 §2.3.2.1 MUST", "a neighbour that changes its MAC silently is found again",
       families=(4,), takes=60)
def a_stale_neighbour_is_asked_for_again(client):
    moves_silently(client)


@probe(180, "RFC 4861 §7.3", "a neighbour that changes its MAC silently is found again",
       families=V6, takes=60)
def unreachability_is_detected(client):
    moves_silently(client)


@probe(181, "RFC 4862 §5.4", "no address is used before it is known to be nobody else's",
       families=V6)
def addresses_are_checked_first(client):
    client.is_answered()
    for address in (client.to, client.second):
        asked = [p for p in client.cable.first if p.kind == "icmp" and p.type == 135 and
                 p.source == "::" and w.printed(p.data[:16]) == address]
        used = [p for p in client.cable.first if p.source == address]
        expect(asked, f"nobody asked for {address}")
        expect(not used or used[0].at - asked[0].at > 0.9,
               f"{address} is used before a second is over")


def asks_first(client):
    """As hosts do before they speak."""
    if client.v6:
        client.send(solicitation(client))
        advertised(client)
    else:
        ask(client)
        client.expect(kind="arp")


@probe(182, "RFC 6583", "10 000 hosts that are not there leave room for one that asks for us",
       last=True, takes=0)
def the_neighbour_cache_is_bounded(client):
    asks_first(client)
    # A kernel's neighbour table is shared by all of its namespaces: others are spared.
    for number in range(10000 if client.target.name == "weir" else 300):
        source = (f"2001:db8::7:{number:x}" if client.v6 else
                  f"198.18.{128 + number // 250}.{number % 250 + 1}")
        client.send(client.segment(ECHO, "S", source=source))
        if number % 2500 == 0:
            client.is_answered()
    fresh = client.target.client(client.family)
    asks_first(fresh)
    fresh.is_answered()


@probe(183, "RFC 6437", "the flow label stays with a flow, and differs between flows", families=V6)
def flow_labels(client):
    labels = set()
    for _ in range(8):
        c = client.connect(ECHO)
        own = {c.syn_ack.label}
        for _ in range(4):
            c.text(b"label")
            reply = c.accept(c.expect(data=b"label"))
            own.add(reply.label)
            c.acknowledge()
        expect(len(own) == 1, f"one flow, labels {own}")
        labels |= own
        c.abort()
    expect(len(labels) >= 7 and 0 not in labels, f"eight flows, labels {labels}")
