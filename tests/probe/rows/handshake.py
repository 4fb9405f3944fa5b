"""Rows 68 to 84: how a connection is opened, and what an attacker gets who tries."""
import random
import struct
import time

from harness.net import Failure, expect
from prober import wire as w
from prober.connection import distance
from prober.registry import probe
from prober.services import CHARGEN, DISCARD, ECHO, PER_ADDRESS, SMALL

CLOSED = 99


@probe(68, "RFC 9293 MUST-57, MUST-63",
       "a SYN to or from a group, or from ourselves, is silently dropped")
def syns_of_groups_are_dropped(client):
    if client.v6:
        groups, sources = (("ff02::1", w.group_mac("ff02::1")),), ("ff02::1", "::")
    else:
        groups = (("224.0.0.1", w.group_mac("224.0.0.1")), ("198.18.255.255", w.BROADCAST),
                  ("255.255.255.255", w.BROADCAST), ("224.0.0.1", client.target.mac))
        sources = ("224.0.0.1", "255.255.255.255")
    bad = [client.segment(port, "S", to=to, mac_to=mac) for to, mac in groups
           for port in (ECHO, CLOSED)]
    bad += [client.segment(ECHO, "S", source=s) for s in sources]
    land = [client.segment(ECHO, "S", source=own, to=client.to, sport=ECHO)
            for own in (client.to, client.second)]
    client.only_the_good(lambda: client.segment(CLOSED, "S"), {"flags": "RA"}, bad + land)
    client.connect(ECHO).is_alive()


@probe(69, "RFC 9293 §3.10.7.2", "text on a SYN is delivered once, now or when it comes again")
def text_on_a_syn_is_delivered_once(client):
    c = client.prepare(ECHO)
    c.send_syn(data=b"early")
    c.syn_ack = c.expect(flags="SA")
    taken = distance((c.isn + 1) & 0xFFFFFFFF, c.syn_ack.ack)
    expect(taken in (0, 5), f"{taken} bytes acknowledged")
    c.rcv_nxt, c.snd_nxt = (c.syn_ack.seq + 1) & 0xFFFFFFFF, (c.isn + 1) & 0xFFFFFFFF
    c.acknowledge(seq=c.snd_nxt + taken)
    c.text(b"early")  # again, as a client does whose text was not acknowledged
    c.text(b" late")
    expect(c.read(10) == b"early late", "other bytes came back")
    c.silence(0.3, data=lambda d: len(d) > 0)


@probe(70, "RFC 7323 §2.2, §3.2; RFC 2018 §2",
       "scale, timestamps and SACK are agreed to only if offered")
def options_only_if_offered(client):
    for bits in range(8):
        offer = {"shift": 5 if bits & 1 else None, "times": bool(bits & 2), "sack": bool(bits & 4)}
        reply = client.half_open(ECHO, **offer).syn_ack
        agreed = {"shift": reply.shift is not None, "times": reply.times is not None,
                  "sack": reply.sack_ok}
        wanted = {k: v is not None and v is not False for k, v in offer.items()}
        expect(agreed == wanted, f"offered {wanted}, agreed {agreed}")


@probe(71, "RFC 9293 §3.10.7.4",
       "SYN-RECEIVED: an ACK of anything but our SYN is reset at its number")
def a_wrong_ack_of_the_syn_is_reset(client):
    for wrong in (0, 2, 1000, -1000, 1 << 31):
        c = client.half_open(ECHO)
        ack = (c.iss + wrong) & 0xFFFFFFFF
        c.send("A", ack=ack)
        reply = c.expect(flags=lambda f: "R" in f)
        expect((reply.flags, reply.seq) == ("R", ack), f"ISS{wrong:+}: {reply}")


@probe(72, "RFC 9293 §3.10.7.4; RFC 5961 §4.2",
       "SYN-RECEIVED: the SYN again gets the SYN-ACK again")
def the_syn_again(client):
    c = client.half_open(ECHO)
    c.send_syn()
    reply = c.expect(flags=lambda f: f in ("SA", "A"))
    expect(reply.seq in (c.iss, c.rcv_nxt) and reply.ack == c.snd_nxt, str(reply))
    c.acknowledge()
    c.is_alive()


@probe(73, "RFC 9293 MUST-11", "a reset in SYN-RECEIVED leads back to LISTEN", takes=2)
def a_reset_returns_to_listen(client):
    c = client.half_open(ECHO)
    c.send("R")
    c.silence(1.5)
    again = client.prepare(ECHO, sport=c.sport)
    again.send_syn()
    again.expect_syn_ack()
    again.acknowledge()
    again.is_alive()


@probe(74, "RFC 5961 §3.2", "SYN-RECEIVED: a reset that is not exact opens no way to LISTEN")
def an_inexact_reset_in_syn_received(client):
    for ahead, flags, data in ((1, "R", b""), (1000, "R", b""), (60000, "R", b""), (7, "RA", b""),
                               (3, "R", b"payload"), (9, "REC", b"")):
        c = client.half_open(ECHO)
        c.send(flags, data, seq=c.snd_nxt + ahead)
        for p in c.collect(0.1):
            expect("R" not in p.flags, f"{ahead} ahead: {p}")
        c.acknowledge()
        try:
            c.is_alive()
        except Failure as failure:
            raise Failure(f"{flags} {ahead} ahead, {len(data)} bytes: {failure}") from None


@probe(75, "RFC 6298; RFC 9293 MUST-22, MUST-23", "the SYN-ACK is repeated after 1 s, 2 s, 4 s …",
       takes=8)
def the_syn_ack_is_repeated(client):
    c = client.half_open(ECHO)
    times = [c.syn_ack.at] + [p.at for p in c.collect(7.6, flags="SA")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    expect(len(gaps) == 3, f"repeated after {gaps}")
    for gap, wanted in zip(gaps, (1, 2, 4)):
        expect(0.8 * wanted <= gap <= 1.5 * wanted, f"repeated after {gaps}")


@probe(75, "RFC 6298 §5; RFC 9293 MUST-22",
       "a SYN-ACK that nobody acknowledges is given up in the end", takes=130)
def the_syn_ack_is_given_up(client):
    c = client.half_open(ECHO)
    repeats = c.collect(128, flags="SA")
    expect(3 <= len(repeats) <= 7, f"{len(repeats)} repetitions")
    c.is_gone()


@probe(76, "RFC 9293 §3.10.7.4", "text completes the handshake when the third ACK was lost")
def text_completes_the_handshake(client):
    c = client.half_open(ECHO)
    c.exchange(b"the ACK before was lost")
    c = client.half_open(ECHO)
    c.finish()
    c.expect("FA", ack=c.snd_nxt)


@probe(78, "RFC 9293 MUST-41, MUST-42, MUST-43",
       "two addresses have listeners of their own on one port")
def listeners_of_two_addresses(client):
    first = client.connect(PER_ADDRESS, to=client.to)
    line = first.expect(data=lambda d: len(d) > 0)
    expect(b":" in line.data, f"{line.data!r} is no time of day")
    second = client.connect(PER_ADDRESS, to=client.second)
    second.text(b"discarded")
    second.expect("A", ack=second.snd_nxt, data=b"")
    second.silence(0.2)


def isn_of(client, sport, isn=1):
    c = client.prepare(ECHO, sport=sport, isn=isn)
    c.send_syn()
    c.expect_syn_ack()
    c.send("R")
    client.collect(0.005)
    return c.syn_ack


@probe(79, "RFC 6528; RFC 9293 MUST-8, MUST-9, SHLD-1",
       "an ISN is clock and secret: it rises for a tuple and tells nothing of another")
def initial_sequence_numbers(client):
    fixed = client.port()
    replies = [isn_of(client, fixed, i) for i in range(5)]
    for a, b in zip(replies, replies[1:]):
        ticks = distance(a.seq, b.seq) / ((b.at - a.at) * 1e6)
        # RFC 9293: one every 4 us; Linux: one every 64 ns.
        expect(0.1 < ticks < 40, f"{distance(a.seq, b.seq)} in {b.at - a.at:.4f} s")
    others = [isn_of(client, client.port()).seq for _ in range(40)]
    steps = {distance(a, b) for a, b in zip(others, others[1:])}
    expect(len(steps) == len(others) - 1, "steps repeat")
    high = sum(abs(s) > 1 << 24 for s in steps)
    expect(high > 30, f"only {high} of {len(steps)} steps are large")
    bits = [sum(value >> bit & 1 for value in others) for bit in range(32)]
    expect(all(4 <= n <= 36 for n in bits), f"bits are biased: {bits}")


def spoofed_syns(client, count, port, mac_of_nobody=b"\x02\x57\xff\0\0\2"):
    """SYNs of hosts behind the gateway, who will not answer."""
    for _ in range(count):
        host = random.getrandbits(16)
        source = f"2001:db8:2::{host:x}" if client.v6 else f"198.19.{host >> 8 | 0x80}.{host & 255}"
        yield client.segment(port, "S", source=source, sport=random.randrange(1024, 65535),
                             seq=random.getrandbits(32), mac_from=mac_of_nobody)


@probe(80, "RFC 4987", "while 20 000 SYNs come from everywhere, a client connects", alone=True,
       takes=6)
def a_client_connects_during_a_flood(client):
    frames, slowest = spoofed_syns(client, 20000, ECHO), 0
    for at in range(20):
        for number, frame in zip(range(1000), frames):
            client.send(frame)
            if number == 500:
                start = time.monotonic()
                c = client.connect(ECHO)
                c.is_alive()
                slowest = max(slowest, time.monotonic() - start)
                c.abort()
    expect(slowest < 1, f"the slowest client waited {slowest:.2f} s")


@probe(81, "RFC 4987", "a forged cookie makes no connection: each ACK is reset", knobs=True)
def forged_cookies(client):
    for _ in range(300):
        sport, ack = client.port(), random.getrandbits(32)
        client.send(client.segment(ECHO, "A", sport=sport, seq=random.getrandbits(32), ack=ack))
        reply = client.expect(dport=sport)
        expect((reply.flags, reply.seq) == ("R", ack), str(reply))
    # A cookie is of its tuple: what was given to one port opens nothing on the next.
    c = client.half_open(ECHO)
    client.send(c.make("A", sport=client.port()))
    client.expect("R", seq=c.rcv_nxt)
    c.acknowledge()
    c.is_alive()


@probe(82, "RFC 4987", "a cookie keeps MSS, scale and SACK in the timestamp", knobs=True,
       linux={6: "its IPv6 cookies know no MSS below 1220"})
def a_cookie_keeps_the_options(client):
    c = client.connect(CHARGEN, mss=700, shift=2, sack=True, times=True, window=30000)
    expect(c.syn_ack.times and c.syn_ack.shift is not None and c.syn_ack.sack_ok, "not agreed to")
    c.window = 30000
    sizes = [len(p.data) for p in c.burst()]
    expect(sizes and max(sizes) in range(400, 689), f"segments of {sizes[:3]}")
    echo = client.connect(ECHO, mss=1000, shift=2, sack=True, times=True)
    echo.send("PA", b"beyond a gap", seq=echo.snd_nxt + 100)
    gap = echo.expect("A", ack=echo.snd_nxt)
    expect(gap.sacks == [((echo.snd_nxt + 100) % (1 << 32), (echo.snd_nxt + 112) % (1 << 32))],
           f"SACK: {gap.sacks}")


@probe(84, "RFC 9293 §3.4", "a full backlog drops a SYN or answers with a cookie, but never resets",
       alone=True)
def a_full_backlog_does_not_reset(client):
    client.send(*spoofed_syns(client, 200, SMALL))
    for _ in range(10):
        sport = client.port()
        client.send(client.segment(SMALL, "S", sport=sport))
        client.silence(0.02, dport=sport, flags=lambda f: "R" in f)
    client.connect(DISCARD).text(b"other services are not concerned")
    client.is_answered()
