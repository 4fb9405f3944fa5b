"""Rows 55 to 67: TCP headers and options."""
from harness.net import expect
from prober import wire as w
from prober.registry import probe
from prober.runner import watched
from prober.services import CHARGEN, DISCARD, ECHO
from prober.targets import KNOB_MTU

CLOSED = 99


@probe(55, "RFC 9293 MUST-3", "a bad or zero TCP checksum is silently dropped")
def a_bad_tcp_checksum_is_dropped(client):
    bad = [client.segment(port, "S", **spoilt) for port in (ECHO, CLOSED) for spoilt in
           ({"sum_error": 1}, {"sum_error": 0x8000}, {"sum_error": 0xFFFF}, {"no_sum": True})]
    client.only_the_good(lambda: client.segment(CLOSED, "S"), {"flags": "RA"}, bad)
    c = client.connect(ECHO)
    c.send("PA", b"spoilt", sum_error=0x0101)
    c.silence(0.3)
    c.is_alive()


@probe(56, "RFC 9293 MUST-2", "every checksum that is sent is right", last=True)
def our_checksums_are_right(client):
    watched(client, 56)


@probe(57, "RFC 9293 §3.1", "a data offset below 5 or beyond the segment is dropped")
def wrong_data_offsets_are_dropped(client):
    bad = [client.segment(port, "S", offset=n) for port in (ECHO, CLOSED) for n in (0, 1, 4, 6, 15)]
    bad += [client.packet(w.TCP, bytes(n)) for n in (0, 1, 8, 19)]
    client.only_the_good(lambda: client.segment(CLOSED, "S"), {"flags": "RA"}, bad)


@probe(58, "RFC 9293 MUST-5, MUST-6", "options may stand in any segment, unknown ones are ignored")
def unknown_options_are_ignored(client):
    sport = client.port()
    unknown = b"\xfd\4ab" + b"\x1e\6abcd" + b"\xfe\2"
    client.send(client.segment(ECHO, "S", sport=sport, options=unknown + w.mss(1000)))
    client.expect("SA", dport=sport)
    c = client.connect(ECHO)
    for options in (unknown, w.NOP * 4, w.mss(900), w.SACK_OK, w.scale(3) + w.NOP,
                    b"\xff\x0a" + bytes(8)):
        c.send("PA", b"with options", options=options)
        c.snd_nxt += 12
        c.expect("A", data=b"with options", ack=c.snd_nxt)
        c.rcv_nxt += 12
        c.acknowledge()


@probe(59, "RFC 9293 MUST-7", "illegal option lengths do no harm")
def illegal_option_lengths_do_no_harm(client):
    c = client.connect(ECHO)
    for options in (b"\2\0\0\0", b"\2\1\0\0", b"\x08\x28\0\0", b"\xfd\0\0\0", b"\2\xff\0\0",
                    b"\1\1\1\2", b"\5\3\0\0", b"\3\2\0\0"):
        sport = client.port()
        client.send(client.segment(ECHO, "S", sport=sport, options=options))
        c.send("A", options=options)
        client.collect(0.02)
    c.is_alive()
    client.is_answered()
    client.connect(ECHO).is_alive()


@probe(60, "RFC 9293 MUST-64", "options need not be aligned")
def unaligned_options_are_read(client):
    for shift in range(1, 4):
        c = client.prepare(CHARGEN)
        c.send_syn(options=w.NOP * shift + w.mss(700))
        c.expect_syn_ack()
        c.acknowledge()
        sizes = [len(p.data) for p in c.burst()]
        expect(sizes and max(sizes) == 700, f"segments of {sizes[:3]}")
        c.abort()


@probe(61, "RFC 9293 MUST-14, SHLD-5", "the SYN-ACK says our MSS")
def our_mss_is_sent(client):
    mss = client.half_open(ECHO).syn_ack.mss
    expect(mss == (1440 if client.v6 else 1460), f"an MSS of {mss}")


@probe(62, "RFC 9293 MUST-65", "the MSS option is on no segment but a SYN", last=True)
def mss_on_syn_only(client):
    watched(client, 62)


@probe(63, "RFC 9293 MUST-67", "the MSS follows our MTU, and does not shrink by options",
       knobs=True)
def mss_follows_the_mtu(client):
    wanted = KNOB_MTU - (60 if client.v6 else 40)
    for offer in ({}, {"times": True}, {"times": True, "sack": True, "shift": 7}):
        mss = client.half_open(ECHO, **offer).syn_ack.mss
        expect(mss == wanted, f"an MSS of {mss}, not {wanted}")


@probe(64, "RFC 9293 MUST-15", "without an MSS segments have 536 bytes at most (IPv6: 1220)")
def without_mss_the_default_holds(client):
    c = client.connect(CHARGEN, no_mss=True)
    sizes = [len(p.data) for p in c.burst()]
    expect(sizes and max(sizes) <= (1220 if client.v6 else 536), f"segments of {sizes[:3]}")


@probe(65, "RFC 9293 MUST-16", "options count against the MSS")
def options_count_against_the_mss(client):
    for offer, most in (({"times": True}, 988), ({}, 1000)):
        c = client.connect(CHARGEN, mss=1000, **offer)
        sizes = [len(p.data) for p in c.burst()]
        expect(sizes and max(sizes) == most, f"{offer}: segments of {sizes[:3]}")
        c.abort()


@probe(66, "CVE-2019-11477, -11478, -11479", "a tiny MSS has a floor")
def a_tiny_mss_has_a_floor(client):
    for mss in (1, 8, 47):
        c = client.prepare(CHARGEN)
        c.send_syn(options=w.mss(mss))
        c.expect_syn_ack()
        c.acknowledge()
        segments = c.burst()
        expect(segments and min(len(p.data) for p in segments[:-1] or segments) >= 36,
               f"MSS {mss}: segments of {[len(p.data) for p in segments[:3]]}")
        expect(len(segments) <= 50, f"MSS {mss}: {len(segments)} segments at once")
        c.abort()
    c = client.prepare(DISCARD)
    c.send_syn(options=w.mss(0))
    c.expect_syn_ack()


@probe(67, "RFC 9293 MUST-68, MUST-69", "our options are well formed and padded with zeros",
       last=True)
def our_options_are_well_formed(client):
    for offer in ({}, {"times": True}, {"sack": True}, {"shift": 3, "times": True, "sack": True}):
        for port in (ECHO, CHARGEN):
            c = client.connect(port, **offer)
            c.collect(0.02)
            c.abort()
    watched(client, 67)


@probe(104, "RFC 9293 §3.1", "reserved bits are ignored when they come, and never sent", last=True)
def reserved_bits(client):
    c = client.prepare(ECHO)
    c.send_syn(reserved=0x0E)
    c.expect_syn_ack()
    c.acknowledge(reserved=0x0F)
    for bits in (1, 2, 4, 8, 15):
        c.text(b"reserved", reserved=bits)
        expect(c.read(8) == b"reserved", f"bits {bits}")
    watched(client, 104)


@probe(20, "RFC 1122 §3.2.1.7 MUST NOT", "a TTL of 1 is taken, and 0 never sent", last=True)
def a_ttl_of_one_is_taken(client):
    for ttl in (1, 2, 255):
        client.send(client.segment(CLOSED, "S", ttl=ttl))
        client.expect("RA")
        client.udp_echo(bytes((ttl,)), ttl=ttl)
    watched(client, 20)
