"""Where packets arrive, and what a probe may say about them."""
import threading
import time
from collections import deque

from harness.net import Failure


def matches(packet, want):
    """Every attribute equal to what is wanted, or accepted by it if it is a function. PSH does not
    count among the flags: it is row 103's."""
    for name, value in want.items():
        found = getattr(packet, name)
        if callable(value):
            if found is None or not value(found):
                return False
        elif name == "flags":
            if found is None or found.replace("P", "") != value.replace("P", ""):
                return False
        elif found != value:
            return False
    return True


def spoken(want):
    return " ".join(f"{k}={'...' if callable(v) else v}" for k, v in want.items()) or "a packet"


class Inbox:
    def __init__(self):
        self._arrived = deque()
        self._news = threading.Condition()
        self._seen = deque(maxlen=6)

    def put(self, packet):
        with self._news:
            self._arrived.append(packet)
            self._news.notify_all()

    def next(self, end):
        """The next packet that arrives before `end`, or None."""
        with self._news:
            while not self._arrived:
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(left)
            packet = self._arrived.popleft()
            self._seen.append(packet)
            return packet

    def expect(self, flags=None, within=1.0, **want):
        """The first packet that is wanted; those before it are passed over."""
        if flags is not None:
            want["flags"] = flags
        end = time.monotonic() + within
        while (packet := self.next(end)) is not None:
            if matches(packet, want):
                return packet
        raise Failure(f"no {spoken(want)} within {within} s; seen: {self.seen()}")

    def next_is(self, flags=None, within=1.0, **want):
        """The next packet, which must be the one wanted."""
        if flags is not None:
            want["flags"] = flags
        packet = self.next(time.monotonic() + within)
        if packet is None or not matches(packet, want):
            raise Failure(f"expected {spoken(want)}, seen: {packet}")
        return packet

    def silence(self, seconds=0.4, **want):
        """Nothing that is wanted comes, which is by default anything at all."""
        for packet in self.collect(seconds, **want):
            raise Failure(f"expected silence, seen: {packet}")

    def collect(self, seconds, **want):
        end, found = time.monotonic() + seconds, []
        while (packet := self.next(end)) is not None:
            if matches(packet, want):
                found.append(packet)
        return found

    def forget(self):
        """What has arrived so far does not count."""
        with self._news:
            self._arrived.clear()

    def seen(self):
        return " ".join(map(str, self._seen)) or "nothing"
