"""Rows 149 to 158: FIN, TIME-WAIT and what comes after."""
import time

from harness.net import expect
from prober.connection import distance
from prober.registry import probe
from prober.services import DAYTIME, ECHO

_MOD = 1 << 32


def finished_by_us(client):
    """The peer is in LAST-ACK and then gone: we closed first."""
    c = client.connect(ECHO)
    c.is_alive()
    c.finish()
    return c


def time_wait(client, **offer):
    """A connection that they closed first, so that TIME-WAIT is theirs."""
    c = client.connect(DAYTIME, **offer)
    line = c.accept(c.expect(data=lambda d: len(d) > 0))
    if "F" not in line.flags:
        c.acknowledge()
        c.accept(c.expect("FA"))
    c.finish()
    c.expect("A", ack=c.snd_nxt)
    c.forget()
    return c


@probe(149, "RFC 9293 §3.6", "a FIN is acknowledged, text still comes, then their FIN")
def half_close(client):
    c = client.connect(ECHO)
    c.text(b"the last words", flags="PFA")
    c.snd_nxt += 1
    got, finished = b"", False
    while not finished:
        p = c.expect(ack=c.snd_nxt, within=2)
        got += p.data
        finished = "F" in p.flags
        if p.data or finished:
            c.accept(p)
            c.acknowledge()
    expect(got == b"the last words", f"{got!r}")
    c.is_gone()


@probe(150, "RFC 9293 §3.10.7.4 eighth", "a FIN beyond a gap waits for what is missing")
def a_fin_beyond_a_gap_waits(client):
    c = client.connect(ECHO)
    c.send("FA", b"67890", seq=c.snd_nxt + 5)
    reply = c.expect("A", ack=c.snd_nxt)
    c.silence(0.3, flags=lambda f: "F" in f)
    c.text(b"12345")
    c.snd_nxt = (c.snd_nxt + 6) % _MOD
    expect(c.read(10) == b"1234567890", str(reply))
    p = c.expect(ack=c.snd_nxt, flags=lambda f: "F" in f)
    expect(p.ack == c.snd_nxt, str(p))


@probe(151, "RFC 9293 figure 13", "when both close at once: CLOSING, then TIME-WAIT")
def both_close_at_once(client):
    c = client.connect(DAYTIME)
    line = c.accept(c.expect(data=lambda d: len(d) > 0))
    if "F" not in line.flags:
        c.accept(c.expect(flags="FA"))
    c.send("FA", ack=line.seq)  # their FIN has not reached us
    c.snd_nxt = (c.snd_nxt + 1) % _MOD
    c.expect(ack=c.snd_nxt)
    c.acknowledge()
    time.sleep(0.1)
    c.forget()
    c.send("FA", seq=c.snd_nxt - 1)  # TIME-WAIT acknowledges it again; CLOSED would reset
    c.expect("A", ack=c.snd_nxt, seq=c.rcv_nxt)


@probe(152, "RFC 9293 §3.6",
       "a FIN is sent again until it is acknowledged, and text beyond ours dropped", takes=2)
def a_fin_is_sent_again(client):
    c = client.connect(DAYTIME)
    fin = c.expect(flags=lambda f: "F" in f)
    again = c.expect(flags=lambda f: "F" in f, within=3)
    expect(again.seq + len(again.data) == fin.seq + len(fin.data), f"{fin} then {again}")
    c = finished_by_us(client)
    p = c.expect(flags=lambda f: "F" in f)
    c.send("PA", b"after our FIN", ack=p.seq)
    c.silence(0.2, data=b"after our FIN")


@probe(153, "RFC 9293 MUST-13", "TIME-WAIT lasts 2 MSL, and then the connection is gone",
       knobs=True, takes=3, linux="its TIME-WAIT is always 60 s")
def time_wait_lasts_two_msl(client):
    c = time_wait(client)  # the MSL is 1 s here
    time.sleep(1.5)
    c.send("FA", seq=c.snd_nxt - 1)
    c.expect("A", ack=c.snd_nxt)  # which begins it again
    time.sleep(1.5)
    c.forget()
    c.send("A", seq=c.snd_nxt - 1)
    c.silence(0.1, flags="R")
    time.sleep(1.2)
    c.is_gone()


@probe(153, "RFC 9293 MUST-13", "TIME-WAIT lasts a minute", takes=65)
def time_wait_lasts_a_minute(client):
    c = time_wait(client)
    time.sleep(55)
    c.send("S", seq=c.snd_nxt - 50000, ack=0)  # what has an ACK would begin it again in Linux
    c.expect("A", ack=c.snd_nxt)
    time.sleep(9)
    c.is_gone()


@probe(154, "RFC 9293 §3.10.7.4", "TIME-WAIT acknowledges the FIN again")
def time_wait_acknowledges_again(client):
    c = time_wait(client)
    for _ in range(2):
        c.send("FA", seq=c.snd_nxt - 1)
        c.expect("A", ack=c.snd_nxt, seq=c.rcv_nxt)
        time.sleep(0.6)


@probe(155, "RFC 1337", "TIME-WAIT ignores a reset", linux="needs net.ipv4.tcp_rfc1337 = 1")
def time_wait_ignores_a_reset(client):
    c = time_wait(client)
    for flags in ("R", "RA"):
        c.send(flags)
    c.silence(0.2)
    c.send("FA", seq=c.snd_nxt - 1)
    c.expect("A", ack=c.snd_nxt, seq=c.rcv_nxt)


@probe(156, "RFC 9293 MAY-2; RFC 6191",
       "a later SYN reopens TIME-WAIT, with an ISN above the old numbers")
def a_later_syn_reopens(client):
    for times in (False, True):
        c = time_wait(client, times=times)
        if times:
            time.sleep(0.02)
        again = client.prepare(DAYTIME, sport=c.sport, isn=(c.snd_nxt + 100000) % _MOD, times=times)
        again.time_offset = c.time_offset
        again.send_syn()
        reply = again.expect_syn_ack()
        expect(distance(c.rcv_nxt, reply.seq) > 0, f"ISN {reply.seq} is not above {c.rcv_nxt}")
        again.acknowledge()
        again.expect(data=lambda d: len(d) > 0)


@probe(157, "RFC 9293 §3.10.7.4", "an old SYN in TIME-WAIT is acknowledged, and opens nothing")
def an_old_syn_is_acknowledged(client):
    c = time_wait(client)
    c.send("S", seq=c.snd_nxt - 50000, ack=0)
    c.expect("A", ack=c.snd_nxt, seq=c.rcv_nxt)


@probe(158, "RFC 2525; hardening", "FIN-WAIT-2 without its application ends", takes=70)
def fin_wait_2_ends(client):
    c = client.connect(DAYTIME)
    line = c.accept(c.expect(data=lambda d: len(d) > 0))
    if "F" not in line.flags:
        c.acknowledge()
        c.accept(c.expect("FA"))
    c.acknowledge()
    time.sleep(66)
    c.is_gone()


