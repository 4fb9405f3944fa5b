"""Rows 99 to 107: acknowledging, urgent and pushed text, closing with text unread, keep-alive."""
import time

from harness.net import expect
from prober.registry import probe
from prober.services import DAYTIME, DISCARD, ECHO


@probe(99, "RFC 9293 MUST-58, MUST-59", "a burst of 100 segments is acknowledged 50 times at most",
       alone=True)
def a_burst_is_acknowledged_together(client):
    c = client.connect(DISCARD)
    frames = []
    for number in range(100):
        flags = "PA" if number == 99 else "A"
        frames.append(c.make(flags, bytes(400), seq=c.snd_nxt + 400 * number))
    client.send(*frames)
    c.snd_nxt = (c.snd_nxt + 40000) & 0xFFFFFFFF
    acks = c.collect(0.7, flags="A")
    expect(acks and acks[-1].ack == c.snd_nxt, f"not all is acknowledged: {c.seen()}")
    expect(len(acks) <= 60, f"{len(acks)} ACKs")


@probe(100, "RFC 9293 MUST-40, SHLD-18, SHLD-19",
       "an ACK is late by less than 0.5 s, and comes for every second full segment")
def delayed_acks(client):
    c = client.connect(DISCARD)
    for _ in range(3):
        c.text(bytes(c.mss))
        sent = time.monotonic()
        late = c.expect("A", ack=c.snd_nxt).at - sent
        expect(late < 0.5, f"{late:.3f} s late")
    time.sleep(0.1)
    for _ in range(8):  # paced, so that no two are one burst
        c.forget()
        c.text(bytes(c.mss))
        time.sleep(0.004)
        c.text(bytes(c.mss))
        sent = time.monotonic()
        late = c.expect("A", ack=c.snd_nxt).at - sent
        expect(late < 0.03, f"the second segment's ACK is {late:.3f} s late")


@probe(101, "RFC 5681 §4.2", "text beyond a gap, and what fills the gap, are acknowledged at once")
def gaps_are_acknowledged_at_once(client):
    c = client.connect(DISCARD)
    time.sleep(0.1)
    for number in (1, 2, 3):
        sent = time.monotonic()
        c.send("A", bytes(1000), seq=c.snd_nxt + 1000 * number)
        late = c.expect("A", ack=c.snd_nxt).at - sent
        expect(late < 0.03, f"the duplicate ACK is {late:.3f} s late")
    c.text(bytes(1000))
    sent = time.monotonic()
    c.snd_nxt = (c.snd_nxt + 3000) & 0xFFFFFFFF
    late = c.expect("A", ack=c.snd_nxt).at - sent
    expect(late < 0.03, f"the gap's ACK is {late:.3f} s late")


@probe(102, "RFC 9293 MUST-30, MUST-31, MUST-62", "an urgent pointer of any value does no harm")
def urgent_pointers_are_harmless(client):
    c = client.connect(DISCARD)
    for urgent in (0, 1, 5, 6, 1000, 65535):
        c.text(b"urgent", flags="PAU", urgent=urgent)
        c.expect("A", ack=c.snd_nxt)
    c.send("AU", urgent=400)
    c.text(b"and on")
    c.expect("A", ack=c.snd_nxt)
    client.connect(ECHO).is_alive()


@probe(103, "RFC 9293 MUST-60, MUST-61",
       "the last segment of what there is is pushed, and not held")
def the_last_segment_is_pushed(client):
    c = client.connect(ECHO)
    for size in (1, 100, c.mss, 3000):
        start = time.monotonic()
        c.text(bytes(size))
        got, last = 0, None
        while got < size:
            last = c.expect(data=lambda d: len(d) > 0)
            c.accept(last)
            c.acknowledge()
            got += len(last.data)
        expect("P" in last.flags, f"{size} bytes: the last is {last}")
        expect(last.at - start < 0.5, f"{size} bytes are held for {last.at - start:.2f} s")


@probe(105, "RFC 9293 SHLD-3", "closing with all text read finishes")
def closing_with_all_read_finishes(client):
    c = client.connect(DAYTIME)
    line = c.expect(data=lambda d: len(d) > 0)
    c.accept(line)
    if "F" not in line.flags:
        c.acknowledge()
        c.accept(c.expect("FA"))
    c.finish()
    c.expect("A", ack=c.snd_nxt)


@probe(107, "RFC 9293 MUST-25, MUST-28", "no keep-alive is sent unasked; the peer's are answered",
       takes=10)
def keep_alive(client):
    c = client.connect(ECHO)
    c.is_alive()
    time.sleep(0.1)
    c.forget()
    c.silence(8)
    for data in (b"", b"\0"):
        c.send("A", data, seq=c.snd_nxt - 1)
        c.is_challenged()
        time.sleep(0.6)
    c.is_alive()
