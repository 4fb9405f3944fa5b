"""Rows 37 to 44: UDP."""
from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.services import CHARGEN, DAYTIME, DISCARD, ECHO

V4 = (4,)
CLOSED = 99


@probe(37, "RFC 768", "a datagram to echo comes back, whatever its size")
def udp_echo_of_all_sizes(client):
    for size in (0, 1, 2, 511, 1472 if not client.v6 else 1452):
        client.udp_echo(bytes((i * 3 + size) & 0xFF for i in range(size)))


@probe(38, "RFC 768; RFC 1122 §4.1.3.4", "a datagram without a checksum is taken", families=V4)
def no_checksum_is_taken_in_v4(client):
    client.udp_echo(b"without a checksum", no_sum=True)


@probe(39, "RFC 1122 §4.1.3.4 MUST", "a bad UDP checksum is silently dropped")
def a_bad_udp_checksum_is_dropped(client):
    bad = [client.datagram(port, b"spoilt", sum_error=e) for e in (1, 0x8000, 0x0101)
           for port in (ECHO, CLOSED)]
    client.only_the_good(lambda: client.datagram(ECHO, b"good"), {"data": b"good"}, bad)


def with_sum_of_zero(client, sport):
    """Two bytes such that the checksum of their echo computes to zero."""
    lead = w.pseudo(client.to, client.address, w.UDP, 10)
    head = w.udp(client.to, client.address, ECHO, sport, b"\0\0", no_sum=True)
    return w.checksum(lead + head).to_bytes(2, "big")


@probe(40, "RFC 1122 §4.1.3.4 MUST", "checksums are sent, and a computed zero as all ones")
def a_computed_zero_is_sent_as_ones(client):
    for _ in range(20):
        sport = client.port()
        data = with_sum_of_zero(client, sport)
        client.send(client.datagram(ECHO, data, sport=sport))
        reply = client.expect(kind="udp", dport=sport, data=data)
        expect(reply.sum_field == 0xFFFF, f"the checksum is {reply.sum_field:#x}")
    reply = client.udp_echo(b"any other")
    expect(reply.sum_field != 0 and reply.sum_ok, f"the checksum is {reply.sum_field:#x}")


@probe(41, "RFC 768", "a length below 8 or beyond the packet is dropped; a shorter one trims")
def udp_lengths(client):
    bad = [client.datagram(port, b"0123456789", length=n) for n in (1, 7, 19, 2000, 0xFFFF)
           for port in (ECHO, CLOSED)]
    if not client.v6:  # in IPv6 it may mean a jumbogram
        bad.append(client.datagram(ECHO, b"0123456789", length=0))
    client.only_the_good(lambda: client.datagram(ECHO, b"good"), {"data": b"good"}, bad)
    client.send(client.datagram(ECHO, b"0123456789", length=8 + 4))
    client.expect(kind="udp", data=b"0123")


@probe(42, "RFC 1122 §4.1.3.5, §4.1.3.6", "a reply comes from the address that was asked")
def replies_come_from_the_address_asked(client):
    for to in (client.to, client.second):
        reply = client.udp_echo(to.encode(), to=to)
        expect(reply.source == to, f"asked {to}, {reply.source} answered")
        sport = client.port()
        client.send(client.segment(ECHO, "S", sport=sport, to=to))
        client.expect("SA", dport=sport, source=to)


@probe(43, "CVE-2024-2169", "no datagram of an echo-like port is answered",
       linux="whom a service answers is not the kernel's to say")
def no_loop_between_services(client):
    bad = [client.datagram(ECHO, b"loop", sport=port) for port in (7, 13, 17, 19)]
    client.only_the_good(lambda: client.datagram(ECHO, b"no loop"), {"data": b"no loop"}, bad)


@probe(44, "hardening", "no reply is larger than its request before the source is known")
def nothing_is_amplified(client):
    client.udp_echo()
    for port in (ECHO, DISCARD, DAYTIME, CHARGEN, CLOSED):
        for size in (0, 1, 40):
            request = client.datagram(port, bytes(size))
            client.send(request)
            replies = client.collect(0.1, kind="udp")
            answered = sum(len(p.frame) for p in replies)
            expect(answered <= max(len(request), 60), f"port {port}: {len(request)} for {answered}")
    client.forget()
    request = client.segment(ECHO, "S")
    client.send(request)  # a SYN-ACK is the only packet
    expect(len(client.collect(0.6, kind="tcp")) == 1, "more than one answer to a SYN")
