"""Rows 45 to 54: CLOSED and LISTEN."""
from harness.net import expect
from prober.registry import probe
from prober.services import ECHO

CLOSED = 99
ISN = 0x10203040


def answers(client, port, flags, **fields):
    """What one segment from nowhere is answered with."""
    sport = client.port()
    client.send(client.segment(port, flags, sport=sport, seq=ISN, **fields))
    return client.expect(dport=sport, kind="tcp")


def silent(client, port, *flags, **fields):
    """These segments are met with silence, where a SYN is not."""
    good = {"flags": "SA" if port == ECHO else "RA"}
    bad = [client.segment(port, f, seq=ISN, **fields) for f in flags]
    client.only_the_good(lambda: client.segment(port, "S"), good, bad)


@probe(45, "RFC 9293 §3.10.7.2", "a SYN is answered with a SYN-ACK of its ISN + 1")
def a_syn_is_answered(client):
    for isn in (0, 1, ISN, 0x7FFFFFFF, 0xFFFFFFFF):
        sport = client.port()
        client.send(client.segment(ECHO, "S", sport=sport, seq=isn))
        reply = client.expect("SA", dport=sport, sport=ECHO, ack=(isn + 1) & 0xFFFFFFFF)
        expect(reply.sum_ok and reply.header_ok and reply.urgent == 0 and reply.data == b"",
               str(reply))
        expect(reply.window > 0, "no window")


@probe(46, "RFC 9293 §3.10.7.1",
       "CLOSED: without ACK a reset of 0, acknowledging all of the segment")
def closed_resets_with_an_ack(client):
    for flags, data, size in (("S", b"", 1), ("S", b"abc", 4), ("F", b"", 1), ("", b"", 0),
                              ("SF", b"x", 3), ("PU", b"12345", 5)):
        reply = answers(client, CLOSED, flags, data=data)
        expect((reply.flags, reply.seq, reply.ack) == ("RA", 0, ISN + size), f"{flags}: {reply}")


@probe(47, "RFC 9293 §3.10.7.1", "CLOSED: an ACK is reset at its number, without ACK")
def closed_resets_an_ack(client):
    for flags in ("A", "SA", "FA", "PA"):
        reply = answers(client, CLOSED, flags, ack=0xCAFE0001, data=b"x" if "P" in flags else b"")
        expect((reply.flags, reply.seq) == ("R", 0xCAFE0001), f"{flags}: {reply}")


@probe(48, "RFC 9293 §3.10.7.1", "CLOSED: a reset is met with silence")
def closed_is_silent_to_a_reset(client):
    silent(client, CLOSED, "R", "RA", "RS", "RF", ack=77)


@probe(49, "RFC 9293 §3.10.7.2", "LISTEN: a reset is ignored")
def listen_ignores_a_reset(client):
    silent(client, ECHO, "R", "RA", ack=77)


@probe(50, "RFC 9293 §3.10.7.2", "LISTEN: an ACK is reset at its number")
def listen_resets_an_ack(client):
    for flags, data in (("A", b""), ("PA", b"text"), ("FA", b"")):
        reply = answers(client, ECHO, flags, ack=0x01020304, data=data)
        expect((reply.flags, reply.seq) == ("R", 0x01020304), f"{flags}: {reply}")


@probe(51, "RFC 9293 §3.10.7.2", "LISTEN: a SYN-ACK is reset (split handshake)")
def listen_resets_a_syn_ack(client):
    reply = answers(client, ECHO, "SA", ack=0x01020304)
    expect((reply.flags, reply.seq) == ("R", 0x01020304), str(reply))


@probe(52, "RFC 9293 §3.10.7.2", "LISTEN: a FIN, or no flags at all, is dropped")
def listen_drops_a_fin(client):
    silent(client, ECHO, "F", "", "P", "U", "FPU")


@probe(53, "RFC 9293 §3.10.7.2", "LISTEN: RST is looked at before SYN")
def a_reset_counts_before_a_syn(client):
    silent(client, ECHO, "RS", "RSA", ack=77)


@probe(54, "hardening", "SYN with FIN opens nothing")
def syn_and_fin_is_refused(client):
    sport = client.port()
    for _ in range(2):
        client.send(client.segment(ECHO, "SF", sport=sport, seq=ISN))
    for p in client.collect(0.4, dport=sport):
        expect("R" in p.flags, f"answered with {p}")
    client.send(client.segment(ECHO, "S", sport=client.port()))
    client.expect("SA")
