#!/usr/bin/env python3
"""The services of the control: what Weir's own services do, on a kernel's sockets. Runs inside the
control's namespace: services.py ADDRESS..., and says 'ready'."""
import contextlib
import ctypes
import selectors
import signal
import socket
import sys
import time

ECHO, DISCARD, DAYTIME, CHARGEN, HTTP, HOLD = 7, 9, 13, 19, 80, 9000
PER_ADDRESS, SMALL, PROMPT = 81, 82, 83
PAGE = b"<!doctype html><p>probe\n"
_TCP_FASTOPEN = 23


def pattern():
    line = bytes(range(33, 127))
    return b"".join((line[i:] + line)[:72] + b"\r\n" for i in range(94)) * 8


class Services:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.pattern = pattern()

    def run(self):
        while True:
            for key, events in self.selector.select():
                with contextlib.suppress(BlockingIOError):
                    try:
                        key.data(key.fileobj, events)
                    except OSError:
                        self.drop(key.fileobj)

    def drop(self, s):
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(s)
        s.close()

    def listen(self, address, port, serve, backlog=1024, prompt=False):
        s = socket.socket(family_of(address), socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if s.family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((address, port))
        s.setsockopt(socket.IPPROTO_TCP, _TCP_FASTOPEN, 16)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        s.listen(backlog)
        s.setblocking(False)
        self.selector.register(s, selectors.EVENT_READ,
                               lambda s, _: self.accept(s, serve, prompt))

    def accept(self, listener, serve, prompt):
        s, _ = listener.accept()
        s.setblocking(False)
        if prompt:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serve(s)

    # One a service; each registers what it waits for.

    def echo(self, s):
        kept = bytearray()

        def turn(s, events):
            if events & selectors.EVENT_READ:
                data = s.recv(65536)
                if not data:
                    s.setblocking(True)
                    s.settimeout(2)
                    s.sendall(kept)
                    self.drop(s)
                    return
                kept.extend(data)
            if kept:
                del kept[:s.send(kept)]
            wanted = selectors.EVENT_READ if len(kept) < 1 << 20 else 0
            self.selector.modify(s, wanted | (selectors.EVENT_WRITE if kept else 0), turn)
        self.selector.register(s, selectors.EVENT_READ, turn)

    def discard(self, s):
        self.selector.register(s, selectors.EVENT_READ,
                               lambda s, _: s.recv(65536) or self.drop(s))

    def daytime(self, s):
        s.send(time.strftime("%A, %B %d, %Y %H:%M:%S-UTC\r\n", time.gmtime()).encode())
        s.close()

    def chargen(self, s):
        state = {"at": 0}

        def more(s, _):
            sent = s.send(self.pattern[state["at"]:])
            state["at"] = (state["at"] + sent) % len(self.pattern)
        self.selector.register(s, selectors.EVENT_WRITE, more)

    def http(self, s):
        head = bytearray()

        def turn(s, _):
            data = s.recv(65536)
            head.extend(data)
            if b"\r\n\r\n" in head:
                s.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
                head.clear()
            if not data:
                self.drop(s)
        self.selector.register(s, selectors.EVENT_READ, turn)

    kept = []

    def hold(self, s):
        self.kept.append(s)  # never read

    def udp(self, address, port, answer):
        s = socket.socket(family_of(address), socket.SOCK_DGRAM)
        s.setblocking(False)
        s.bind((address, port))

        def turn(s, _):
            data, sender = s.recvfrom(65536)
            if answer:
                s.sendto(data, sender)
        self.selector.register(s, selectors.EVENT_READ, turn)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def main(addresses):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    services = Services()
    for every in ("0.0.0.0", "::"):
        services.listen(every, ECHO, services.echo)
        services.listen(every, DISCARD, services.discard)
        services.listen(every, DAYTIME, services.daytime)
        services.listen(every, CHARGEN, services.chargen)
        services.listen(every, HTTP, services.http)
        services.listen(every, HOLD, services.hold)
        services.listen(every, SMALL, services.hold, backlog=16)
        services.listen(every, PROMPT, services.echo, prompt=True)
    for number, address in enumerate(addresses):
        services.listen(address, PER_ADDRESS, services.discard if number % 2 else services.daytime)
        services.udp(address, ECHO, True)
        services.udp(address, DISCARD, False)
    print("ready", flush=True)
    services.run()


if __name__ == "__main__":
    main(sys.argv[1:])
