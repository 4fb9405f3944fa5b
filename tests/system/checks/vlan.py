"""A port in a VLAN. The kernel need not know VLANs: a relay tags the frames of a veth."""
import select
import socket
import struct
import threading

from harness import packets as p
from harness.lab import BOTH, ECHO, FILES, KERNEL4, WEIR4, Lab
from harness.net import expect, receive_exactly
from harness.registry import check

_VLAN = 5
_SOL_PACKET, _PACKET_AUXDATA, _PACKET_OUTGOING, _VLAN_VALID = 263, 8, 4, 1 << 4


def receive_tagged(s):
    """(frame, VLAN, whether it came in); the kernel puts the tag beside the frame."""
    frame, extra, _, source = s.recvmsg(70000, 256)
    for level, kind, data in extra:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, _, _, _, _, tci, _ = struct.unpack("=IIIHHHH", data[:20])
            if status & _VLAN_VALID:
                return frame, tci & 0xFFF, source[2] != _PACKET_OUTGOING
    return frame, 0, source[2] != _PACKET_OUTGOING


class Relay(threading.Thread):
    """Carries frames between an untagged and a tagged interface."""

    def __init__(self, plain, tagged, vlan):
        super().__init__(daemon=True)
        self.plain, self.tagged, self.vlan = plain, tagged, vlan
        tagged.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        self.stopping = False

    def run(self):
        while not self.stopping:
            for s in select.select((self.plain, self.tagged), (), (), 0.2)[0]:
                try:
                    frame, vlan, came_in = receive_tagged(s)
                    if not came_in:
                        continue
                    if s is self.plain:
                        tag = struct.pack("!HH", p.VLAN, self.vlan)
                        self.tagged.send(frame[:12] + tag + frame[12:])
                    elif vlan == self.vlan:
                        self.plain.send(frame)
                except OSError:
                    pass  # a full queue: TCP sends again

    def close(self):
        self.stopping = True
        self.join(2)


class VlanLab(Lab):
    """The tap carries VLAN 5; the kernel's addresses are behind the relay."""

    def __init__(self, programs, sizes, name):
        super().__init__(programs, sizes, name, port_extra=f"vlan = {_VLAN}")

    def prepare_peer(self):
        self.ns.sysctl("net.ipv6.conf.weir0.disable_ipv6", "1")
        self.ns.run("ip", "link", "set", "weir0", "up")
        self.ns.run("ip", "link", "add", "plain0", "type", "veth", "peer", "name", "relay0")
        for end in ("plain0", "relay0"):
            self.ns.run("ethtool", "-K", end, "tx", "off", "rx", "off", "tso", "off", "gso", "off",
                        "gro", "off")
        self.ns.sysctl("net.ipv6.conf.relay0.disable_ipv6", "1")
        self.ns.run("ip", "link", "set", "relay0", "up")
        relay = Relay(self.ns.raw("relay0"), self.ns.raw("weir0"), _VLAN)
        self.keep(relay)
        relay.start()
        self.interface = "plain0"
        super().prepare_peer()


@check("vlan")
def tagged_clients_are_answered(lab):
    for address in BOTH:
        with lab.ns.connect(address, ECHO) as s:
            s.sendall(b"in the VLAN")
            expect(receive_exactly(s, 11) == b"in the VLAN", f"{address}: no echo")
        small = open(f"{lab.www}/small.txt", encoding="ascii").read()
        expect(lab.get(address, "/small.txt", FILES) == small, f"{address}: another file")


@check("vlan")
def other_vlans_and_untagged_frames_are_not(lab):
    wire = lab.ns.raw("weir0", timeout=0.5)
    wire.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    mac = b"\x02\0\0\0\0\x99"
    before = sum(lab.weir.dropped().values())
    wire.send(p.arp_request(mac, KERNEL4, WEIR4))
    wire.send(p.arp_request(mac, KERNEL4, WEIR4, vlan=_VLAN + 1))
    answers = []
    try:
        while True:
            frame, vlan, came_in = receive_tagged(wire)
            if came_in and frame[:6] == mac:
                answers.append(vlan)
    except socket.timeout:
        pass
    expect(answers == [], f"answered in VLAN {answers}")
    expect(sum(lab.weir.dropped().values()) >= before + 2, "they were not counted as drops")
    wire.send(p.arp_request(mac, KERNEL4, WEIR4, vlan=_VLAN))
    while True:  # ends by the socket's time-out when nothing comes
        frame, vlan, came_in = receive_tagged(wire)
        if came_in and frame[:6] == mac:
            expect(vlan == _VLAN, f"answered in VLAN {vlan}")
            break
    # Weir has heard that the kernel's address is at this station; now it hears the truth.
    lab.ns.run("ip", "neigh", "flush", "dev", lab.interface)
    lab.wait_for_ping(WEIR4)
