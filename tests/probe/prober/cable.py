"""The prober's end of the cable: sends frames, reads them all, gives each to its client."""
import collections
import contextlib
import select
import socket
import struct
import threading
import time

from . import wire as w

_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23
_SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
_ALL_NODES = "ff02::1"
_REALTIME_AHEAD = time.time() - time.monotonic()


class Cable(threading.Thread):
    """The prober's kernel has no address here, so it answers nothing: what its clients do not send
    nobody sends. ARP and neighbour solicitations for a client are answered unless it is silent."""

    def __init__(self, namespace, interface, watch, early=None):
        super().__init__(daemon=True)
        self.watch = watch
        self.wire = namespace.raw(interface)
        self.wire.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 32 << 20)
        self.wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.wire.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self.clients = {}
        self.first = collections.deque(maxlen=500)  # what was seen before there were clients
        if early is not None:
            self._take_early(early)
        self.strays = collections.deque(maxlen=1000)  # for nobody that the prober plays
        self.stopping = False
        self.start()

    def _take_early(self, early):
        """What a socket heard that was there before the interface."""
        early.setblocking(False)
        with early, contextlib.suppress(BlockingIOError):
            while True:
                frame, extra, _, source = early.recvmsg(65536, 64)
                if source[2] != socket.PACKET_OUTGOING:
                    self.first.append(w.Packet(frame, arrival(extra)))

    def send(self, frame):
        for _ in range(200):
            try:
                self.wire.send(frame)
                return
            except (BlockingIOError, TimeoutError):
                time.sleep(0.001)
            except OSError as error:  # the queue of the interface is full
                if error.errno not in (105, 11):
                    raise
                time.sleep(0.001)

    def add(self, client):
        self.clients[client.address] = client

    def remove(self, client):
        self.clients.pop(client.address, None)

    def run(self):
        while not self.stopping:
            if not select.select((self.wire,), (), (), 0.2)[0]:
                continue
            with contextlib.suppress(OSError):
                frame, extra, _, _ = self.wire.recvmsg(65536, 64)
                self._take(w.Packet(frame, arrival(extra)))

    def _take(self, packet):
        self.watch.look_at(packet)
        if not self.clients:
            self.first.append(packet)
        if packet.kind == "arp" and packet.op == 1:
            self._asked(packet, packet.to)
        elif packet.kind == "icmp" and packet.type == 135 and packet.protocol == w.ICMP6:
            self._asked(packet, w.printed(packet.data[:16]))
        else:
            client = self.clients.get(packet.to)
            if client is not None:
                client.take(packet)
            elif packet.to == _ALL_NODES:
                for each in list(self.clients.values()):
                    each.take_group(packet)
            else:
                self.strays.append(packet)

    def _asked(self, packet, address):
        client = self.clients.get(address)
        if client is None:
            return
        client.questions.append(packet)
        if not client.silent and packet.source not in (None, "::", "0.0.0.0"):
            self.send(answer_to(packet, client.mac, address))

    def close(self):
        self.stopping = True
        self.join(2)
        self.wire.close()


def arrival(extra):
    """When the kernel had the frame, on the monotonic clock: many probes share one interpreter."""
    for _, kind, data in extra:
        if kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return seconds + nanoseconds / 1e9 - _REALTIME_AHEAD
    return time.monotonic()


def answer_to(question, mac, address):
    """The ARP reply or the neighbour advertisement that tells `mac`."""
    if question.kind == "arp":
        body = w.arp(2, mac, address, question.sender_mac, question.source)
        return w.ethernet(question.mac_from, mac, w.ARP, body)
    return advertisement(mac, address, question.mac_from, question.source)


def advertisement(mac, address, to_mac, to, flags=0x60000000, options=None, **header):
    options = b"\2\1" + mac if options is None else options
    message = w.icmp(address, to, 136, rest=struct.pack("!I", flags),
                     data=w.packed(address) + options)
    return w.ethernet(to_mac, mac, w.IPV6,
                      w.ipv6(address, to, w.ICMP6, message, **{"ttl": 255, **header}))
