"""Rows 1 to 13: the link, ARP, and what makes an IP header acceptable."""
import time

from harness.net import expect
from prober import wire as w
from prober.cable import answer_to
from prober.registry import probe
from prober.services import ECHO

V4, V6 = (4,), (6,)


def ask(client, target=None, **fields):
    """A broadcast who-has."""
    mac = fields.pop("mac", client.mac)
    client.send(w.ethernet(w.BROADCAST, mac, w.ARP, w.arp(
        1, mac, fields.pop("sender", client.address), bytes(6), target or client.to)))


@probe(1, "RFC 826", "a who-has for our address is answered to the asker, all eight fields",
       families=V4)
def who_has_is_answered(client):
    ask(client)
    reply = client.expect(kind="arp")
    wanted = b"\0\1\x08\0\6\4\0\2" + client.target.mac + w.packed(client.to)
    expect(reply.body == wanted + client.mac + w.packed(client.address), reply.body.hex())
    expect((reply.mac_to, reply.mac_from) == (client.mac, client.target.mac), str(reply))


@probe(2, "RFC 826", "a neighbour that asks for us from a new MAC is answered there", families=V4)
def the_sender_of_a_question_is_learnt(client):
    client.is_answered()
    client.mac = b"\x02\x58" + client.mac[2:]
    ask(client)
    client.expect(kind="arp", mac_to=client.mac)
    time.sleep(0.3)
    sport = client.port()
    client.send(client.segment(ECHO, "S", sport=sport))
    client.expect("SA", dport=sport, mac_to=client.mac)


@probe(4, "RFC 1122 §2.3.2.1 MUST; RFC 4861 §7.2.2",
       "a silent neighbour is asked for once a second")
def questions_are_not_a_flood(client):
    client.silent = True
    end = time.monotonic() + 5
    while time.monotonic() < end:
        client.send(client.segment(ECHO, "S"))
        time.sleep(0.05)
    asked = len(client.questions)
    expect(1 <= asked <= 7, f"{asked} questions in 5 s")


@probe(5, "RFC 1122 §2.3.2.2 SHOULD",
       "the SYN-ACK that waits for the neighbour's address is not lost")
def the_first_packet_waits_for_resolution(client):
    client.silent = True
    sport = client.port()
    client.send(client.segment(ECHO, "S", sport=sport))
    client.silence(0.3)
    expect(client.questions, "nobody asked for us")
    client.send(answer_to(client.questions[-1], client.mac, client.address))
    client.expect("SA", within=0.4, dport=sport)


@probe(6, "RFC 894", "what pads a frame is no data")
def padding_is_not_data(client):
    sport = client.port()
    client.send(client.segment(99, "S", seq=1000, sport=sport, trailer=b"x" * 30))
    client.expect("RA", dport=sport, ack=1001)
    client.send(client.datagram(ECHO, b"odd", sport=sport, trailer=b"\1" * 29))
    client.expect(kind="udp", data=b"odd")


@probe(7, "RFC 1122 §2.3.3", "unknown types, 802.3 frames and runts are ignored")
def strange_frames_are_ignored(client):
    mac, ours = client.target.mac, client.mac
    bodies = (b"", b"\0", bytes(13))
    frames = [w.ethernet(mac, ours, 0xFFFF, bytes(46)), w.ethernet(mac, ours, 38, bytes(46)),
              w.ethernet(mac, ours, 0x88B5, bytes(100))]
    frames += [w.ethernet(mac, ours, kind, b) for kind in (w.IPV4, w.IPV6, w.ARP) for b in bodies]
    client.only_the_good(client.echo_request, {"type": client.echo_reply}, frames)


@probe(8, "RFC 1122 §3.2.1.1 MUST; RFC 8200 §3", "another IP version is silently dropped")
def other_versions_are_dropped(client):
    bad = [client.segment(ECHO, "S", version=v) for v in (0, 5, 6 if not client.v6 else 4, 15)]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)


@probe(9, "RFC 1122 §3.2.1.2 MUST", "a bad header checksum is silently dropped", families=V4)
def a_bad_header_checksum_is_dropped(client):
    bad = [client.segment(99, "S", ip_sum_error=e) for e in (1, 0x8000, 0xFFFF, 0x1234)]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)


@probe(10, "RFC 791 §3.1; RFC 8200 §3", "lengths that cannot be are silently dropped")
def wrong_ip_lengths_are_dropped(client):
    if client.v6:
        bad = [client.segment(99, "S", total=n) for n in (21, 100, 0xFFFF, 1, 19)]
    else:
        bad = [client.segment(99, "S", ihl=n) for n in (0, 1, 4, 15)]
        bad += [client.segment(99, "S", total=n) for n in (0, 19, 39, 41, 1500, 0xFFFF)]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)


@probe(11, "RFC 1122 §3.2.1.3 MUST", "what is for another address is dropped")
def other_destinations_are_dropped(client):
    others = ("2001:db8::200", "2001:db8:9::2") if client.v6 else ("198.18.0.200", "203.0.113.2")
    bad = [client.segment(port, "S", to=other) for other in others for port in (ECHO, 99)]
    bad += [client.datagram(ECHO, b"x", to=other) for other in others]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)


@probe(12, "RFC 1122 §3.2.1.3 MUST; RFC 4291 §2.7", "a source that is no host is dropped",
       linux={4: "0.1.2.3 is a host to it", 6: "it answers a SYN from ::"})
def impossible_sources_are_dropped(client):
    sources = (("::", "::1", "ff02::1", "ff0e::5") if client.v6 else
               ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.2.3", "255.255.255.255",
                "198.18.255.255"))
    sport = client.port()
    bad = [client.segment(port, "S", source=s, sport=sport) for s in sources for port in (ECHO, 99)]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)
    answers = [p for p in list(client.cable.strays) if p.dport == sport]
    expect(not answers, f"answered: {' '.join(map(str, answers))}")


@probe(13, "RFC 1122 §3.3.6 SHOULD", "a unicast packet in a broadcast frame is dropped")
def unicast_in_a_broadcast_frame_is_dropped(client):
    group = w.group_mac("ff02::1" if client.v6 else "224.0.0.1")
    bad = [client.segment(port, "S", mac_to=mac) for mac in (w.BROADCAST, group)
           for port in (ECHO, 99)]
    client.only_the_good(lambda: client.segment(99, "S"), {"flags": "RA"}, bad)
