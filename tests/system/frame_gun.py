#!/usr/bin/env python3
"""Sends frames that no decent host sends, at a steady rate: SYNs from random addresses, or random
and mutated frames of every protocol. Run inside the namespace of the interface. The same seed
makes the same frames."""
import argparse
import ipaddress
import pathlib
import random
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import packets as p  # noqa: E402


def syns(args, dice):
    """SYNs from 198.18.1.0–198.19.255.255, a network behind the gateway."""
    low = int(ipaddress.ip_address("198.18.1.0"))
    high = int(ipaddress.ip_address("198.19.255.255"))
    to = args.target4
    options = struct.pack("!BBHBBBBIIBBB", 2, 4, 1460, 4, 2, 8, 10, 12345, 0, 1, 3, 3) + b"\x07"
    base = p.tcp("0.0.0.0", to, 0, args.port, 0, 0, p.SYN, options=options)
    (ip_sum,) = struct.unpack_from("!H", base, 10)
    (tcp_sum,) = struct.unpack_from("!H", base, 36)
    head = args.to + args.source + struct.pack("!H", p.IPV4)
    for _ in range(args.count):
        source, port, seq = dice.randint(low, high), dice.randint(1024, 65535), dice.getrandbits(32)
        frame = bytearray(head + base)
        address_sum = (source >> 16) + (source & 0xFFFF)
        struct.pack_into("!HI", frame, 24, plus(ip_sum, address_sum), source)
        struct.pack_into("!H", frame, 34, port)
        struct.pack_into("!I", frame, 38, seq)
        struct.pack_into("!H", frame, 50,
                         plus(tcp_sum, address_sum + port + (seq >> 16) + (seq & 0xFFFF)))
        yield frame


def plus(value, words):
    """The Internet checksum `value` after 16-bit words were added to the data (RFC 1624)."""
    total = (~value & 0xFFFF) + words
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def corpus(args):
    """One good frame of each kind, to be spoilt."""
    options = b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + bytes(8) + b"\x01\x03\x03\x07"
    frames = [p.arp_request(args.source, args.from4, args.target4),
              p.neighbour_solicitation(args.source, args.from6, args.target6),
              p.ethernet(args.to, args.source, p.IPV4, p.echo_request(args.from4, args.target4),
                         vlan=9)]
    for a, b in ((args.from4, args.target4), (args.from6, args.target6)):
        fragment = bytearray(p.udp(a, b, 4000, 7, b"x" * 600))
        if ":" in a:
            # Hop-by-hop with padding, then destination options with one that nobody knows.
            extended = b"\x3c\x00\x01\x04\0\0\0\0" + b"\x11\x00\x05\x02\xc2\x04\0\0"
            packets = [p.ipv6(a, b, 0, extended + bytes(fragment[40:])),
                       p.ipv6(a, b, 44, struct.pack("!BBHI", 17, 0, 1, 77) + fragment[40:])]
        else:
            fragment[6:8] = b"\x20\x00"
            fragment[10:12] = b"\0\0"
            fragment[10:12] = struct.pack("!H", p.checksum(bytes(fragment[:20])))
            packets = [bytes(fragment)]
        packets += [p.echo_request(a, b, b"e" * 56),
                    p.udp(a, b, 4000, 7, b"datagram"),
                    p.udp(a, b, 4001, 4, b"closed"),
                    p.tcp(a, b, 40000, args.port, 1, 0, p.SYN, options=options),
                    p.tcp(a, b, 40000, args.port, 2, 99, p.ACK, b"GET / HTTP/1.1\r\n\r\n"),
                    p.tcp(a, b, 40001, 5, 2, 99, p.ACK | p.FIN),
                    p.tcp(a, b, 40000, args.port, 2, 99, p.RST)]
        frames += [p.ethernet(args.to, args.source, p.kind_of(a), packet) for packet in packets]
    return frames


def spoilt(args, dice):
    """Random bytes; good frames with flipped, cut, doubled or inserted bytes; good frames."""
    good = corpus(args)
    for _ in range(args.count):
        kind = dice.random()
        if kind < 0.1:
            body = dice.randbytes(dice.randint(0, 1486))
            yield args.to + args.source + struct.pack("!H", dice.choice(
                (p.ARP, p.IPV4, p.IPV6, p.VLAN, dice.getrandbits(16)))) + body
            continue
        frame = bytearray(dice.choice(good))
        if kind < 0.95:
            for _ in range(dice.choice((1, 1, 2, 4, 16))):
                at = dice.randrange(12, len(frame))
                frame[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.getrandbits(8),
                                         frame[at] ^ 1 << dice.randrange(8)))
            cut = dice.random()
            if cut < 0.2:
                del frame[dice.randint(14, len(frame)):]
            elif cut < 0.3:
                frame += dice.randbytes(dice.randint(1, 64))
            if dice.random() < 0.5:
                mend(frame)
        yield frame


def mend(frame):
    """Makes the checksums right again where the headers still make sense, so that the layers behind
    them are reached."""
    kind, payload = frame[12:14], 0
    if kind == b"\x08\x00" and len(frame) >= 34:
        payload = 14 + (frame[14] & 15) * 4
        if not 34 <= payload <= len(frame):
            return
        put(frame, 24, lambda: p.checksum(bytes(frame[14:payload])))
        protocol, addresses = frame[23], bytes(frame[26:34])
    elif kind == b"\x86\xdd" and len(frame) >= 54:
        payload, protocol, addresses = 54, frame[20], bytes(frame[22:54])
    else:
        return
    at = {1: 2, 6: 16, 17: 6, 58: 2}.get(protocol)
    rest = len(frame) - payload
    if at is None or rest < at + 2:
        return
    pseudo = b"" if protocol == 1 else addresses + struct.pack("!II", rest, protocol)
    put(frame, payload + at, lambda: p.checksum(pseudo + bytes(frame[payload:])))


def put(frame, at, value):
    """A checksum in its place, which counts as zero meanwhile."""
    frame[at:at + 2] = b"\0\0"
    frame[at:at + 2] = struct.pack("!H", value())


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("kind", choices=("syn", "spoilt"))
    words.add_argument("--interface", required=True)
    words.add_argument("--to", required=True, type=lambda s: bytes.fromhex(s.replace(":", "")))
    words.add_argument("--source", required=True, type=lambda s: bytes.fromhex(s.replace(":", "")))
    words.add_argument("--from4", default="198.18.0.1")
    words.add_argument("--from6", default="2001:db8::1")
    words.add_argument("--target4", default="198.18.0.2")
    words.add_argument("--target6", default="2001:db8::2")
    words.add_argument("--port", type=int, default=80)
    words.add_argument("--count", type=int, default=1000)
    words.add_argument("--rate", type=int, default=20000, help="frames a second")
    words.add_argument("--seed", type=int, default=1)
    args = words.parse_args()

    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind((args.interface, 0))
    start = time.monotonic()
    sent = refused = 0
    for frame in (syns if args.kind == "syn" else spoilt)(args, random.Random(args.seed)):
        try:
            wire.send(frame)
            sent += 1
        except OSError:  # too short or too long for the interface, or its queue is full
            refused += 1
        if (sent + refused) % 32 == 0:
            ahead = (sent + refused) / args.rate - (time.monotonic() - start)
            if ahead > 0:
                time.sleep(ahead)
    print(f"{sent} {refused}")


if __name__ == "__main__":
    main()
