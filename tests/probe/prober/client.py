"""A host that the prober plays: a MAC, an address, and the frames that it sends."""
import itertools
import random
import struct

from harness.net import Failure

from . import wire as w
from .connection import Connection
from .inbox import Inbox

_IP_FIELDS = {"ttl", "tos", "ident", "df", "mf", "ip_options", "version", "ihl", "total", "label",
              "ip_sum_error", "source", "to", "offset_bytes", "protocol"}
_LINK_FIELDS = {"mac_to", "mac_from", "ether_type", "trailer"}
_RENAMED = {"ip_options": "options", "ip_sum_error": "sum_error", "offset_bytes": "offset"}


class Client(Inbox):
    """Builders make whole frames: `segment`, `datagram`, `message`, `packet`. Any field of a header
    may be given, also a wrong one."""

    def __init__(self, target, family, address, mac):
        super().__init__()
        self.target, self.cable, self.family = target, target.cable, family
        self.address, self.mac = address, mac
        self.to, self.second = target.address(family), target.second(family)
        self.silent = False     # answers no ARP, no neighbour solicitation
        self.questions = []     # who asked for us
        self._ports = itertools.count(random.randrange(20000, 40000))
        self._connections = {}
        self.groups = Inbox()   # what comes to all nodes

    @property
    def v6(self):
        return self.family == 6

    def port(self):
        """A source port that is not in use."""
        return next(self._ports)

    # What arrives.

    def take(self, packet):
        connection = packet.kind == "tcp" and self._connections.get(
            (packet.source, packet.sport, packet.dport))
        (connection or self).put(packet)

    def take_group(self, packet):
        self.groups.put(packet)

    # What is sent.

    def send(self, *frames):
        for frame in frames:
            self.cable.send(frame)

    def packet(self, protocol, payload, **fields):
        """An IP packet in its frame."""
        ip = {_RENAMED.get(k, k): v for k, v in fields.items() if k in _IP_FIELDS}
        link = {k: v for k, v in fields.items() if k in _LINK_FIELDS}
        unknown = set(fields) - _IP_FIELDS - _LINK_FIELDS
        assert not unknown, unknown
        protocol = ip.pop("protocol", protocol)
        make = w.ipv6 if self.v6 else w.ipv4
        return self.frame(make(ip.pop("source", self.address), ip.pop("to", self.to), protocol,
                               payload, **ip), **link)

    def frame(self, body, mac_to=None, mac_from=None, ether_type=None, trailer=b""):
        kind = ether_type if ether_type is not None else w.IPV6 if self.v6 else w.IPV4
        return w.ethernet(mac_to or self.target.mac, mac_from or self.mac, kind, body + trailer)

    def segment(self, port, flags, sport=None, **fields):
        ends, rest, inner = self._split(fields)
        return self.packet(w.TCP, w.tcp(*ends, sport or self.port(), port, flags, **inner), **rest)

    def datagram(self, port, data=b"", sport=None, **fields):
        ends, rest, inner = self._split(fields)
        return self.packet(w.UDP, w.udp(*ends, sport or self.port(), port, data, **inner), **rest)

    def message(self, kind, code=0, rest=b"\0\0\0\0", data=b"", **fields):
        ends, outer, inner = self._split(fields)
        return self.packet(self.icmp_protocol, w.icmp(*ends, kind, code, rest, data, **inner),
                           **outer)

    def echo_request(self, data=b"0123456789abcdef", ident=7, number=1, **fields):
        return self.message(128 if self.v6 else 8, 0, struct.pack("!HH", ident, number), data,
                            **fields)

    @property
    def icmp_protocol(self):
        return w.ICMP6 if self.v6 else w.ICMP

    @property
    def echo_reply(self):
        return 129 if self.v6 else 0

    def _split(self, fields):
        ends = fields.get("source", self.address), fields.get("to", self.to)
        outer = {k: v for k, v in fields.items() if k in _IP_FIELDS | _LINK_FIELDS}
        return ends, outer, {k: v for k, v in fields.items() if k not in outer}

    # Whole exchanges.

    def connect(self, port, **offer):
        """A connection that is open on both sides."""
        connection = self.half_open(port, **offer)
        connection.acknowledge()
        return connection

    def half_open(self, port, **offer):
        """Up to the SYN-ACK, which is not acknowledged."""
        connection = self.prepare(port, **offer)
        connection.send_syn()
        connection.expect_syn_ack()
        return connection

    def prepare(self, port, **offer):
        connection = Connection(self, port, **offer)
        self._connections[(connection.to, port, connection.sport)] = connection
        return connection

    def udp_echo(self, data=b"hello", within=1.0, **fields):
        """A datagram to echo, and its answer."""
        sport = self.port()
        self.send(self.datagram(7, data, sport=sport, **fields))
        return self.expect(within=within, kind="udp", dport=sport, data=data)

    def is_answered(self):
        """The target is alive, and hears us; one request may be lost where others are a flood."""
        number = random.randrange(1 << 16)
        for patience in (0.5, 1.0, 1.5):
            self.send(self.echo_request(number=number))
            try:
                return self.expect(kind="icmp", type=self.echo_reply, within=patience,
                                   rest=struct.pack("!HH", 7, number))
            except Failure as failure:
                last = failure
        raise last

    def only_the_good(self, good, answer, bad, seconds=0.4):
        """`good` is answered; what is spoilt in one way only is met with silence; `good` is
        answered again. good: a function that makes a frame."""
        self.send(good())
        self.expect(within=3.0, **answer)
        self.silence(0.05)
        for frame in bad:
            self.send(frame)
        self.silence(seconds)
        self.send(good())
        self.expect(**answer)
