"""Frames as bytes, made here without any of Weir's code."""
import ipaddress
import struct

BROADCAST = b"\xff" * 6
ARP, IPV4, IPV6, VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def ethernet(to, source, kind, payload, vlan=0):
    tag = struct.pack("!HH", VLAN, vlan) if vlan else b""
    return to + source + tag + struct.pack("!H", kind) + payload


def arp_request(source_mac, source, target, vlan=0):
    body = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1) + source_mac + packed(source)
    return ethernet(BROADCAST, source_mac, ARP, body + bytes(6) + packed(target), vlan)


def ipv4(source, to, protocol, payload, ttl=64):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, ttl, protocol, 0)
    head += packed(source) + packed(to)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source, to, protocol, payload, hops=64):
    head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops)
    return head + packed(source) + packed(to) + payload


def pseudo(source, to, protocol, size):
    a, b = packed(source), packed(to)
    if len(a) == 4:
        return a + b + struct.pack("!BBH", 0, protocol, size)
    return a + b + struct.pack("!IHBB", size, 0, 0, protocol)


def network(source, to, protocol, payload, limit=64):
    make = ipv6 if ":" in source else ipv4
    return make(source, to, protocol, payload, limit)


def kind_of(source):
    return IPV6 if ":" in source else IPV4


def tcp(source, to, sport, dport, seq, ack, flags, payload=b"", options=b"", window=65535):
    options += b"\0" * (-len(options) % 4)
    offset = (20 + len(options)) // 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, offset << 4, flags, window, 0, 0)
    segment = head + options + payload
    value = checksum(pseudo(source, to, 6, len(segment)) + segment)
    return network(source, to, 6, segment[:16] + struct.pack("!H", value) + segment[18:])


def udp(source, to, sport, dport, payload=b""):
    size = 8 + len(payload)
    datagram = struct.pack("!HHHH", sport, dport, size, 0) + payload
    value = checksum(pseudo(source, to, 17, size) + datagram) or 0xFFFF
    return network(source, to, 17, datagram[:6] + struct.pack("!H", value) + datagram[8:])


def echo_request(source, to, payload=b"0123456789abcdef"):
    if ":" in source:
        message = struct.pack("!BBHHH", 128, 0, 0, 7, 1) + payload
        value = checksum(pseudo(source, to, 58, len(message)) + message)
        return ipv6(source, to, 58, message[:2] + struct.pack("!H", value) + message[4:])
    message = struct.pack("!BBHHH", 8, 0, 0, 7, 1) + payload
    return ipv4(source, to, 1, message[:2] + struct.pack("!H", checksum(message)) + message[4:])


def neighbour_solicitation(source_mac, source, target):
    group = packed("ff02::1:ff00:0")[:13] + packed(target)[13:]
    to = str(ipaddress.ip_address(group))
    message = struct.pack("!BBHI", 135, 0, 0, 0) + packed(target) + b"\x01\x01" + source_mac
    value = checksum(pseudo(source, to, 58, len(message)) + message)
    packet = ipv6(source, to, 58, message[:2] + struct.pack("!H", value) + message[4:], hops=255)
    return ethernet(b"\x33\x33" + group[12:], source_mac, IPV6, packet)
