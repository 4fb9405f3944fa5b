"""Rows 144 to 148: ECN and TCP Fast Open."""
from harness.net import expect
from prober.registry import probe
from prober.services import CHARGEN, DISCARD, ECHO

CE, ECT0 = 3, 2


def ecn_connection(client, port, **offer):
    c = client.prepare(port, **offer)
    c.send_syn("SEC")
    reply = c.expect_syn_ack()
    expect(reply.flags == "SAE", f"an ECN-setup SYN is answered {reply.flags}")
    c.acknowledge()
    return c


@probe(144, "RFC 3168 §6.1.1", "an ECN-setup SYN gets ECE without CWR, any other gets neither")
def an_ecn_setup_syn(client):
    c = ecn_connection(client, ECHO)
    expect(c.syn_ack.tos & 3 == 0, "a SYN-ACK is ECT")
    for flags in ("S", "SE", "SC"):
        c = client.prepare(ECHO)
        c.send_syn(flags)
        reply = c.expect_syn_ack()
        expect("E" not in reply.flags and "C" not in reply.flags, f"{flags} got {reply.flags}")


@probe(145, "RFC 3168 §6.1.3", "CE is echoed as ECE until CWR")
def ce_is_echoed(client):
    c = ecn_connection(client, ECHO)
    c.text(b"not marked", tos=ECT0)
    expect("E" not in c.accept(c.expect(data=b"not marked")).flags, "ECE before any CE")
    c.text(b"marked", tos=CE)
    marked = c.accept(c.expect(data=b"marked"))
    expect("E" in marked.flags, f"CE is not echoed: {marked}")
    c.text(b"still", tos=ECT0)
    expect("E" in c.accept(c.expect(data=b"still")).flags, "ECE ends before CWR")
    c.text(b"reduced", flags="PAC", tos=ECT0)
    c.accept(c.expect(data=b"reduced"))
    c.acknowledge()
    c.text(b"after", tos=ECT0)
    expect("E" not in c.expect(data=b"after").flags, "ECE goes on after CWR")


@probe(145, "RFC 3168 §6.1.2, §6.1.5",
       "ECE halves the window once and is answered with CWR; only new text is ECT", takes=2)
def ece_halves_the_window(client):
    c = ecn_connection(client, CHARGEN, mss=1000, shift=7, window=2000)
    flight = c.flight()
    expect(all(p.tos & 3 in (1, 2) for p in flight), f"ECN field {flight[0].tos & 3}")
    for _ in range(3):
        c.accept_all(flight)
        flight = c.flight()
    before = len(flight)
    for p in flight:
        c.accept(p)
        c.send("AE")
    after = c.flight()
    expect("C" in after[0].flags, f"no CWR: {after[0]}")
    expect(sum("C" in p.flags for p in after) == 1, "CWR more than once")
    expect(0.4 * before <= len(after) <= 0.9 * before, f"{before} then {len(after)} in flight")
    again = c.expect(within=2, seq=after[0].seq)
    expect(again.tos & 3 == 0, "a retransmission is ECT")
    c.abort()


@probe(146, "RFC 9768 §3.1.2", "an AccECN SYN is answered as the RFC 3168 fallback at least")
def an_accurate_ecn_syn(client):
    c = client.prepare(ECHO)
    c.send_syn("SEC", reserved=1)
    reply = c.expect(flags=lambda f: "S" in f and "A" in f, ack=(c.isn + 1) & 0xFFFFFFFF)
    accurate = reply.reserved & 1 or reply.flags == "SAC"
    expect(reply.flags == "SAE" or accurate, f"answered {reply.flags}, AE {reply.reserved & 1}")


def fast_open(client, cookie=b"", data=b"", port=ECHO):
    c = client.prepare(port)
    option = bytes((34, 2 + len(cookie))) + cookie
    c.send_syn(options=c.offer() + option, data=data)
    c.syn_ack = c.expect(flags="SA")
    c.iss, c.rcv_nxt = c.syn_ack.seq, (c.syn_ack.seq + 1) & 0xFFFFFFFF
    c.snd_nxt = c.syn_ack.ack
    return c


def cookie_for(client, port=ECHO):
    c = fast_open(client, port=port)
    cookie = c.syn_ack.option(34)
    expect(cookie and 4 <= len(cookie) <= 16, f"the cookie is {cookie}")
    c.send("R")
    return cookie


@probe(147, "RFC 7413 §4.1.2",
       "a cookie is given, and opens with text; a wrong one is a plain SYN")
def fast_open_cookies(client):
    cookie = cookie_for(client)
    c = fast_open(client, cookie, b"early")
    expect(c.syn_ack.ack == (c.isn + 6) & 0xFFFFFFFF, "text on the SYN is not acknowledged")
    echo = c.expect(data=b"early")  # before any ACK of ours
    c.accept(echo)
    c.is_alive()
    c = fast_open(client, bytes(len(cookie)), b"wrong")
    expect(c.syn_ack.ack == (c.isn + 1) & 0xFFFFFFFF, "a wrong cookie opens")
    c.silence(0.1, data=b"wrong")


@probe(148, "RFC 7413 §5.1", "pending requests of fast open are limited", alone=True)
def fast_open_requests_are_limited(client):
    """Until one is a plain SYN to the service: its text is not acknowledged. Alone, as the other family's probe would fill the
    same service."""
    cookie = cookie_for(client, DISCARD)
    asked = []
    try:
        for _ in range(1000):  # a full backlog, of 1024 on either side, would make a plain SYN of it too
            c = fast_open(client, cookie, b"x", DISCARD)
            asked.append(c)
            if c.snd_nxt == (c.isn + 1) & 0xFFFFFFFF:
                break
            expect(c.snd_nxt == (c.isn + 2) & 0xFFFFFFFF, f"{c.syn_ack} acknowledges what was not sent")
        else:
            expect(False, f"{len(asked)} requests are pending, and none was refused")
    finally:
        # What is left pending, or reset while it is, keeps its place for a minute, and whoever comes
        # next finds none: a handshake that is complete gives it back.
        for c in asked:
            c.send("A")
            c.send("R")
    expect(len(asked) > 1, "the first request is refused")
