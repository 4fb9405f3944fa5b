"""Link and network: resolution, ping, several addresses, what is not ours."""
import re
import socket
import time

from harness import packets as p
from harness.lab import BOTH, KERNEL4, SECOND4, SECOND6, WEIR4, WEIR6
from harness.net import expect, wait_for
from harness.registry import check

ALL = ("one-worker", "two-workers", "af-packet")


@check(*ALL, sanitizer=True)
def ping_of_all_sizes(lab):
    for address in BOTH:
        for size in (0, 1, 56, 1472 if ":" not in address else 1452):
            out = lab.ns.run("ping", "-c2", "-i0.05", "-W2", "-s", size, address).stdout
            expect(" 0% packet loss" in out, f"{address}, {size} bytes: {out.splitlines()[-2]}")


@check("one-worker", "two-workers", sanitizer=True)
def idle_workers_wait_to_be_woken(lab):
    """A tap wakes its worker: it goes round when a frame comes, and a few times a second."""
    def rounds():
        return sum(worker["rounds"] for worker in lab.weir.workers())
    def few_a_second():
        before = rounds()
        time.sleep(1)
        return rounds() - before < 1000  # one that naps goes round 2500 times
    wait_for(few_a_second, 20, "workers are never idle")
    for address in BOTH:
        out = lab.ns.run("ping", "-c5", "-i0.2", "-W2", address).stdout
        expect(" 0% packet loss" in out, f"{address}: {out.splitlines()[-2]}")


@check(*ALL, sanitizer=True)
def ping_flood_without_loss(lab):
    for address in BOTH:
        count = lab.sizes.pings
        out = lab.ns.run("ping", "-f", "-q", "-c", count, address, timeout=120).stdout
        summary = next(line for line in out.splitlines() if "transmitted" in line)
        expect(f"{count} received" in summary, f"{address}: {summary}")


@check(*ALL, sanitizer=True)
def arp_and_nd_resolve_again(lab):
    for address in BOTH:
        lab.ns.run("ip", "neigh", "flush", "dev", lab.interface)
        lab.wait_for_ping(address)
        entry = lab.ns.run("ip", "neigh", "show", address, "dev", lab.interface).stdout
        expect("lladdr" in entry, f"{address}: {entry!r}")


@check("one-worker", "af-packet", sanitizer=True)
def answers_on_every_address(lab):
    for address in (SECOND4, SECOND6):
        lab.wait_for_ping(address)
        expect("<" in lab.get(address), f"no page from {address}")
        s = lab.ns.datagrams(address, 7)
        s.send(b"from the address that was asked")
        expect(s.recv(100) == b"from the address that was asked", f"echo of {address}")


@check("one-worker")
def resolves_a_neighbour_that_appears_later(lab):
    """The first SYN of a new address makes Weir resolve it; the SYN-ACK waits meanwhile."""
    late4, late6 = "198.18.0.77", "2001:db8::77"
    lab.ns.run("ip", "addr", "add", f"{late4}/24", "dev", lab.interface)
    lab.ns.run("ip", "addr", "add", f"{late6}/64", "dev", lab.interface, "nodad")
    for source, address in ((late4, WEIR4), (late6, WEIR6)):
        out = lab.curl(f"http://{'[' + address + ']' if ':' in address else address}/healthz",
                       "--interface", source, "-w", "%{time_total}", "-o", "/dev/null").stdout
        expect(float(out) < 0.9, f"{source} waited {out} s: the first SYN-ACK was lost")


@check("one-worker", sanitizer=True)
def does_not_answer_for_others(lab):
    """ARP for a neighbour's address, and a SYN to it in our MAC, stay unanswered."""
    wire = lab.ns.raw(lab.interface, timeout=0.5)
    mac, weir = lab.ns.mac_of(lab.interface), bytes.fromhex(lab.weir_mac().replace(":", ""))
    other = "198.18.0.200"
    before = sum(lab.weir.dropped().values())
    wire.send(p.arp_request(mac, KERNEL4, other))
    wire.send(p.ethernet(weir, mac, p.IPV4, p.tcp(KERNEL4, other, 4444, 80, 1, 0, p.SYN)))
    end = 30
    while end:
        end -= 1
        try:
            frame = wire.recv(2000)
        except socket.timeout:
            break
        expect(frame[6:12] != weir or p.packed(other) not in frame[14:34],
               f"an answer for {other}: {frame[:42].hex()}")
    wait_for(lambda: sum(lab.weir.dropped().values()) >= before + 2, 3, "two named drops")


@check("one-worker", sanitizer=True)
def drops_have_names(lab):
    """A bad IP checksum is counted under its own name, in weirctl drops too."""
    wire = lab.ns.raw(lab.interface)
    mac, weir = lab.ns.mac_of(lab.interface), bytes.fromhex(lab.weir_mac().replace(":", ""))
    bad = bytearray(p.echo_request(KERNEL4, WEIR4))
    bad[10] ^= 0xFF
    before = lab.weir.dropped().get("ip_bad_checksum", 0)
    for _ in range(10):
        wire.send(p.ethernet(weir, mac, p.IPV4, bytes(bad)))
    wait_for(lambda: lab.weir.dropped().get("ip_bad_checksum", 0) == before + 10, 3,
             "ip_bad_checksum + 10")
    expect("ip_bad_checksum" in lab.weir.ctl("drops").stdout, "weirctl drops does not name it")
    for reason in lab.weir.dropped():
        expect(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", reason), f"{reason} is no <layer>_<reason>")
