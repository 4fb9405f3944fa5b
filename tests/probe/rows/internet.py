"""Rows 21 to 25: the fields of an IP header that are ours to choose, and its options."""
from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.services import ECHO
from prober.targets import KNOB_TTL

V4 = (4,)
CLOSED = 99


def answers(client):
    """One of each kind of answer."""
    c = client.connect(ECHO)
    yield c.syn_ack
    c.text(b"text")
    yield c.expect(data=b"text")
    yield client.udp_echo()
    for frame in (client.segment(CLOSED, "S"), client.datagram(CLOSED, b"x"),
                  client.echo_request()):
        client.send(frame)
        yield client.expect(kind=lambda k: k in ("tcp", "udp", "icmp"))


@probe(21, "RFC 1122 §3.2.1.7; RFC 9293 MUST-49", "the TTL is 64 unless it is configured")
def the_ttl_is_64(client):
    for answer in answers(client):
        expect(answer.ttl == 64, f"{answer.ttl}: {answer}")


@probe(21, "RFC 1122 §3.2.1.7; RFC 9293 MUST-49", "the TTL can be configured", knobs=True)
def the_ttl_can_be_configured(client):
    for answer in answers(client):
        expect(answer.ttl == KNOB_TTL, f"{answer.ttl}: {answer}")


@probe(22, "RFC 2474", "any DSCP is taken")
def any_dscp_is_taken(client):
    for dscp in range(64):
        sport = client.port()
        client.send(client.segment(ECHO, "S", sport=sport, tos=dscp << 2))
        client.expect("SA", dport=sport)
    client.udp_echo(b"marked", tos=46 << 2)


@probe(23, "RFC 1122 §3.2.1.8 MUST", "unknown IP options are ignored, wrong lengths do no harm",
       families=V4)
def unknown_ip_options_are_ignored(client):
    for options in (b"\1\1\1\1", b"\x5e\4ab", b"\x9e\4ab", b"\x1e\3a\0", b"\0\0\0\0",
                    b"\xde\x08" + bytes(6)):
        client.udp_echo(options, ip_options=options)
    for options in (b"\x5e\0\0\0", b"\x5e\1\0\0", b"\x5e\xff\0\0", b"\1\1\1\x5e", b"\x07\x27\4\0"):
        client.send(client.datagram(ECHO, b"odd", ip_options=options))
    client.collect(0.1)
    client.is_answered()


@probe(24, "RFC 7126 §4.3, §4.4", "a source route is not followed", families=V4)
def source_routes_are_dropped(client):
    route = b"\x07\4" + w.packed(client.address) + b"\0"
    bad = [client.segment(port, "S", ip_options=bytes((kind,)) + route) for kind in (131, 137)
           for port in (ECHO, CLOSED)]
    done = b"\x07\x08" + w.packed(client.address) + b"\0"
    bad += [client.segment(port, "S", ip_options=bytes((kind,)) + done) for kind in (131, 137)
            for port in (ECHO, CLOSED)]
    good = client.segment(CLOSED, "S", ip_options=b"\1\1\1\0")
    client.only_the_good(lambda: good, {"flags": "RA"}, bad)


@probe(25, "RFC 6864 §4", "what may be fragmented has an identification of its own", families=V4)
def identifications_are_unique(client):
    seen = []
    for number in range(250):
        seen.append(client.udp_echo(str(number).encode()))
        client.send(client.echo_request())
        seen.append(client.expect(kind="icmp", type=0))
    c = client.connect(ECHO)
    for _ in range(250):
        c.text(b"tcp")
        seen.append(c.accept(c.expect(data=b"tcp")))
        c.acknowledge()
    c.text(b"again")
    seen += [c.expect(data=b"again"), c.expect(data=b"again")]
    numbers = [p.ident for p in seen if not p.df]
    expect(len(set(numbers)) == len(numbers), f"{len(numbers) - len(set(numbers))} numbers repeat")
