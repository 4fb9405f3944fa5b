"""Long and short TCP conversations with echo."""
import socket
import threading
import time

from harness.lab import BOTH, DAYTIME, ECHO, seconds_of
from harness.net import expect, family_of, receive_all, receive_exactly
from harness.registry import check

ALL = ("one-worker", "two-workers", "af-packet")
_PATTERN = bytes((i * i + (i >> 8)) & 0xFF for i in range(65521))  # a prime: no block repeats soon


class Echoed:
    """Sends `size` bytes and compares what comes back, both at once."""

    def __init__(self, s, size):
        self.s, self.size, self.error = s, size, None
        self.received = 0

    def send(self):
        try:
            twice = memoryview(_PATTERN * 5)
            sent = 0
            while sent < self.size:
                at = sent % len(_PATTERN)
                part = min(len(_PATTERN) * 4, self.size - sent)
                self.s.sendall(twice[at:at + part])
                sent += part
            self.s.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.error = f"sending: {error}"

    def compare(self):
        twice = _PATTERN * 5
        while part := self.s.recv(len(_PATTERN) * 4):
            at = self.received % len(_PATTERN)
            if part != twice[at:at + len(part)]:
                self.error = f"another byte between {self.received} and +{len(part)}"
                return
            self.received += len(part)

    def run(self):
        sender = threading.Thread(target=self.send, daemon=True)
        sender.start()
        self.compare()
        expect(not self.error, self.error)
        sender.join(10)
        expect(self.received == self.size, f"{self.received} of {self.size} bytes came back")


@check(*ALL, sanitizer=True)
def echo_returns_every_byte(lab):
    for address in BOTH:
        s = lab.ns.connect(address, ECHO, timeout=20)
        with s:
            Echoed(s, lab.sizes.echo_megabytes * 500_000).run()


_SYN_DATA = 32  # of tcpi_options: the text on the SYN was acknowledged with it


@check("one-worker", "two-workers", sanitizer=True)
def the_kernel_opens_fast(lab):
    """RFC 7413: the first connection brings a cookie home, the second one brings text with it."""
    for address in BOTH:
        used = []
        for text in (b"ask", b"early", b"again"):
            with lab.ns.socket(family_of(address), socket.SOCK_STREAM) as s:
                s.setblocking(True)  # else it connects first and takes no text
                s.sendto(text, socket.MSG_FASTOPEN, (address, ECHO))
                s.settimeout(5)
                expect(receive_exactly(s, len(text)) == text, f"{address}: another echo")
                options = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)[5]
                used.append(bool(options & _SYN_DATA))
        expect(used == [False, True, True], f"{address}: text on the SYN taken: {used}")


@check("one-worker", "two-workers", sanitizer=True)
def many_echoes_at_once(lab):
    """Fifty conversations, each with its own bytes, both families."""
    errors = []

    def one(i):
        try:
            with lab.ns.connect(BOTH[i % 2], ECHO, timeout=20) as s:
                Echoed(s, 200_000 + i * 7919).run()
        except Exception as error:
            errors.append(f"{i}: {error}")

    threads = [threading.Thread(target=one, args=(i,)) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expect(not errors, f"{len(errors)} failed, first {errors[:1]}")


@check(*ALL, sanitizer=True)
def nc_half_closes_and_still_gets_the_answer(lab):
    for address in BOTH:
        out = lab.ns.run("nc", "-N", "-w5", address, ECHO, stdin="through nc\n").stdout
        expect(out == "through nc\n", f"{address}: {out!r}")


@check(*ALL, sanitizer=True)
def short_connections_one_after_another(lab):
    """Connect, sixteen bytes there and back, close; none may wait for a retransmission long."""
    slowest = 0.0
    for i in range(lab.sizes.short_connections):
        def one():
            s = lab.ns.connect(BOTH[i % 2], ECHO, timeout=10)
            with s:
                s.sendall(b"%016d" % i)
                answer = receive_exactly(s, 16)
                expect(answer == b"%016d" % i, f"connection {i}: {answer!r}")
                s.shutdown(socket.SHUT_WR)
                expect(s.recv(1) == b"", f"connection {i}: more bytes than were sent")
        slowest = max(slowest, seconds_of(one))
    expect(slowest < 2, f"the slowest took {slowest:.2f} s")


@check("one-worker", sanitizer=True)
def weir_closes_first_again_and_again(lab):
    """daytime leaves TIME-WAIT on our side; the same client port comes back for more."""
    for address in BOTH:
        for i in range(20):
            s = lab.ns.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                              socket.SOCK_STREAM)
            with s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("", 5555))
                s.connect((address, DAYTIME))
                expect(len(receive_all(s)) > 10, f"{address}: round {i}: no time of day")
            time.sleep(0.01)
