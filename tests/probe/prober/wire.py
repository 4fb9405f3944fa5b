"""Frames as bytes, and bytes as packets: made and read here without any of Weir's code."""
import struct
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

BROADCAST = b"\xff" * 6
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
_FLAGS = "FSRPAUEC"  # from the lowest bit upwards

# TCP options, each with its length where it has one.
NOP, END = b"\1", b"\0"
SACK_OK = b"\4\2"


def mss(value):
    return struct.pack("!BBH", 2, 4, value)


def scale(shift):
    return bytes((3, 3, shift))


def timestamps(value, echo=0):
    return struct.pack("!BBII", 8, 10, value & 0xFFFFFFFF, echo & 0xFFFFFFFF)


def sack(*blocks):
    edges = b"".join(struct.pack("!II", a & 0xFFFFFFFF, b & 0xFFFFFFFF) for a, b in blocks)
    return bytes((5, 2 + len(edges))) + edges


def packed(address):
    return inet_pton(AF_INET6 if ":" in address else AF_INET, address)


def printed(raw):
    return inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw)


def checksum(data):
    """RFC 1071: the one's complement of the one's complement sum."""
    if len(data) & 1:
        data += b"\0"
    total = int.from_bytes(data, "big")
    return 0xFFFF - ((total % 0xFFFF) or 0xFFFF) if total else 0xFFFF


def sums_up(data):
    """Whether a checksum inside data is right."""
    if len(data) & 1:
        data += b"\0"
    return int.from_bytes(data, "big") % 0xFFFF == 0


def pseudo(source, to, protocol, size):
    a, b = packed(source), packed(to)
    if len(a) == 4:
        return a + b + struct.pack("!BBH", 0, protocol, size)
    return a + b + struct.pack("!IHBB", size, 0, 0, protocol)


def flag_bits(letters):
    return sum(1 << _FLAGS.index(letter) for letter in letters)


def with_checksum(head, at, value):
    return head[:at] + struct.pack("!H", value) + head[at + 2:]


def ethernet(to, source, kind, payload):
    return to + source + struct.pack("!H", kind) + payload


def arp(op, sender_mac, sender, target_mac, target):
    return (struct.pack("!HHBBH", 1, IPV4, 6, 4, op) + sender_mac + packed(sender) + target_mac +
            packed(target))


def ipv4(source, to, protocol, payload, ttl=64, tos=0, ident=1, df=True, mf=False, offset=0,
         options=b"", version=4, ihl=None, total=None, sum_error=0):
    """offset in bytes; the lengths may lie."""
    ihl = 5 + len(options) // 4 if ihl is None else ihl
    total = 20 + len(options) + len(payload) if total is None else total
    fragment = (0x4000 if df else 0) | (0x2000 if mf else 0) | offset >> 3
    head = struct.pack("!BBHHHBBH", version << 4 | ihl, tos, total, ident, fragment, ttl, protocol,
                       0) + packed(source) + packed(to) + options
    return with_checksum(head, 10, checksum(head) ^ sum_error) + payload


def ipv6(source, to, protocol, payload, ttl=64, tos=0, label=0, version=6, total=None):
    total = len(payload) if total is None else total
    return (struct.pack("!IHBB", version << 28 | tos << 20 | label, total & 0xFFFF, protocol, ttl) +
            packed(source) + packed(to) + payload)


def fragment6(next_header, payload, offset=0, more=False, ident=1):
    return struct.pack("!BBHI", next_header, 0, offset | more, ident) + payload


def padded_options(next_header, options=b""):
    """A hop-by-hop or destination options header, padded to eight bytes."""
    rest = -(2 + len(options)) % 8
    padding = b"" if rest == 0 else b"\0" if rest == 1 else bytes((1, rest - 2)) + bytes(rest - 2)
    body = options + padding
    return bytes((next_header, (2 + len(body)) // 8 - 1)) + body


def tcp(source, to, sport, dport, flags, seq=0, ack=0, data=b"", options=b"", window=65535,
        urgent=0, reserved=0, offset=None, sum_error=0, no_sum=False):
    """A segment; offset in words, reserved the four bits behind it."""
    options += b"\0" * (-len(options) % 4)
    offset = 5 + len(options) // 4 if offset is None else offset
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       offset << 4 | reserved, flag_bits(flags), window, 0, urgent)
    segment = head + options + data
    if no_sum:
        return segment
    value = checksum(pseudo(source, to, TCP, len(segment)) + segment) ^ sum_error
    return with_checksum(segment, 16, value)


def udp(source, to, sport, dport, data=b"", length=None, sum_error=0, no_sum=False):
    size = 8 + len(data)
    datagram = struct.pack("!HHHH", sport, dport, size if length is None else length, 0) + data
    if no_sum:
        return datagram
    covered = datagram if length is None or length > size else datagram[:length]
    value = checksum(pseudo(source, to, UDP, size if length is None else length) + covered)
    return with_checksum(datagram, 6, (value or 0xFFFF) ^ sum_error)


def icmp(source, to, kind, code=0, rest=b"\0\0\0\0", data=b"", sum_error=0):
    """ICMP or ICMPv6, by the family of the addresses; rest: bytes 4 to 7."""
    message = struct.pack("!BBH", kind, code, 0) + rest + data
    covered = pseudo(source, to, ICMP6, len(message)) + message if ":" in source else message
    return with_checksum(message, 2, checksum(covered) ^ sum_error)


def solicited_node(address):
    return printed(packed("ff02::1:ff00:0")[:13] + packed(address)[13:])


def group_mac(group):
    raw = packed(group)
    if len(raw) == 16:
        return b"\x33\x33" + raw[12:]
    return b"\x01\0\x5e" + bytes((raw[1] & 127,)) + raw[2:]


class Packet:
    """A frame, taken apart. `kind` is arp, tcp, udp, icmp, fragment, ip or frame; what a kind has
    not is None."""

    kind = "frame"
    source = to = ttl = tos = label = ident = df = mf = offset = protocol = body = None
    header_ok = sum_ok = None
    sport = dport = seq = ack = flags = window = urgent = reserved = options = data = None
    type = code = rest = op = sender_mac = target_mac = length = sum_field = None

    def __init__(self, frame, at=0.0):
        self.frame, self.at = frame, at
        self.mac_to, self.mac_from = frame[:6], frame[6:12]
        self.ether_type = frame[12] << 8 | frame[13]
        reader = _READERS.get(self.ether_type)
        if reader is not None:
            try:
                reader(self, frame[14:])
            except (struct.error, IndexError, ValueError):
                self.kind = "frame"

    @property
    def mss(self):
        value = self.option(2)
        return value and struct.unpack("!H", value)[0]

    @property
    def shift(self):
        value = self.option(3)
        return value and value[0]

    @property
    def sack_ok(self):
        return self.option(4) is not None

    @property
    def times(self):
        """(TSval, TSecr) or None"""
        value = self.option(8)
        return value and struct.unpack("!II", value)

    @property
    def sacks(self):
        edges = struct.unpack(f"!{len(self.option(5) or b'') // 4}I", self.option(5) or b"")
        return list(zip(edges[::2], edges[1::2]))

    def option(self, kind):
        for found, value in options_of(self.options or b""):
            if found == kind:
                return value
        return None

    @property
    def size(self):
        """What it takes of the sequence space."""
        return len(self.data) + ("S" in self.flags) + ("F" in self.flags)

    def __str__(self):
        if self.kind == "tcp":
            return (f"<{self.flags or 'none'} {self.sport}>{self.to} {self.dport} seq={self.seq} "
                    f"ack={self.ack} win={self.window} len={len(self.data)}>")
        if self.kind == "udp":
            return f"<udp {self.sport}>{self.dport} len={len(self.data)}>"
        if self.kind == "icmp":
            return f"<icmp {self.type}/{self.code} {self.rest.hex()} len={len(self.data)}>"
        if self.kind == "arp":
            return f"<arp {self.op} {self.source} asks {self.to}>"
        return f"<{self.kind} {self.frame[:54].hex()}>"


def options_of(raw):
    """(kind, value) of each TCP option; raises ValueError where they are malformed."""
    at = 0
    while at < len(raw):
        kind = raw[at]
        if kind == 0:
            return
        if kind == 1:
            at += 1
            continue
        size = raw[at + 1] if at + 1 < len(raw) else 0
        if size < 2 or at + size > len(raw):
            raise ValueError("malformed options")
        yield kind, raw[at + 2:at + size]
        at += size


def _read_arp(packet, raw):
    packet.op, packet.sender_mac = struct.unpack("!H", raw[6:8])[0], raw[8:14]
    packet.source, packet.target_mac = printed(raw[14:18]), raw[18:24]
    packet.to, packet.body, packet.kind = printed(raw[24:28]), raw[:28], "arp"


def _read_ipv4(packet, raw):
    (first, packet.tos, total, packet.ident, fragment, packet.ttl,
     packet.protocol) = struct.unpack("!BBHHHBB", raw[:10])
    size = (first & 15) * 4
    packet.header_ok = first >> 4 == 4 and size <= total <= len(raw) and sums_up(raw[:size])
    packet.source, packet.to = printed(raw[12:16]), printed(raw[16:20])
    packet.df, packet.mf = bool(fragment & 0x4000), bool(fragment & 0x2000)
    packet.offset = (fragment & 0x1FFF) * 8
    _read_transport(packet, raw[12:20], raw[size:total])


def _read_ipv6(packet, raw):
    first, total, packet.protocol, packet.ttl = struct.unpack("!IHBB", raw[:8])
    packet.tos, packet.label = first >> 20 & 0xFF, first & 0xFFFFF
    packet.header_ok = first >> 28 == 6 and 40 + total <= len(raw)
    packet.source, packet.to = printed(raw[8:24]), printed(raw[24:40])
    packet.df, packet.mf, packet.offset = True, False, 0
    body = raw[40:40 + total]
    if packet.protocol == FRAGMENT:
        packet.protocol, _, where, packet.ident = struct.unpack("!BBHI", body[:8])
        packet.df, packet.mf, packet.offset = False, bool(where & 1), where & 0xFFF8
        body = body[8:]
    elif packet.protocol in (HOP_BY_HOP, DESTINATION):  # multicast listener reports have one
        packet.protocol, body = body[0], body[8 * (body[1] + 1):]
    _read_transport(packet, raw[8:40], body)


def _read_transport(packet, addresses, body):
    packet.body = body
    if packet.mf or packet.offset:
        packet.kind = "fragment"
        return
    if len(addresses) == 8:
        lead = addresses + struct.pack("!BBH", 0, packet.protocol, len(body))
    else:
        lead = addresses + struct.pack("!IHBB", len(body), 0, 0, packet.protocol)
    packet.kind = "ip"
    if packet.protocol == TCP:
        _read_tcp(packet, lead, body)
    elif packet.protocol == UDP:
        (packet.sport, packet.dport, packet.length,
         packet.sum_field) = struct.unpack("!HHHH", body[:8])
        packet.data, packet.sum_ok = body[8:packet.length], sums_up(lead + body)
        packet.kind = "udp"
    elif packet.protocol in (ICMP, ICMP6):
        packet.type, packet.code = body[0], body[1]
        packet.rest, packet.data = body[4:8], body[8:]
        packet.sum_ok = sums_up(body if packet.protocol == ICMP else lead + body)
        packet.kind = "icmp"


def _read_tcp(packet, lead, body):
    (packet.sport, packet.dport, packet.seq, packet.ack, offset, flags, packet.window, _,
     packet.urgent) = struct.unpack("!HHIIBBHHH", body[:20])
    packet.flags = _LETTERS[flags]
    packet.reserved = offset & 15
    packet.options, packet.data = body[20:(offset >> 4) * 4], body[(offset >> 4) * 4:]
    packet.sum_ok = sums_up(lead + body)
    packet.kind = "tcp"


_LETTERS = ["".join(letter for bit, letter in enumerate(_FLAGS) if value >> bit & 1)
            for value in range(256)]
_READERS = {ARP: _read_arp, IPV4: _read_ipv4, IPV6: _read_ipv6}
