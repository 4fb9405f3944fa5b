"""Hostile load: SYNs from everywhere, frames that no decent host sends."""
import time

from harness.lab import BOTH, ECHO, gun_report
from harness.net import expect, receive_exactly
from harness.registry import check

_GROWTH = 16 << 20  # bytes; tables are touched, nothing more


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def a_syn_flood_costs_no_memory_and_hides_no_client(lab):
    rate = lab.sizes.syn_rate
    gun_report(lab.gun("syn", count=lab.sizes.syns // 5, rate=rate, seed=1), 120)  # tables touched
    before = lab.weir.resident()
    gun = lab.gun("syn", count=lab.sizes.syns, rate=rate, seed=2)
    slowest, clients = 0.0, 0
    try:
        while gun.poll() is None:
            address = BOTH[clients % 2]
            start = time.monotonic()
            with lab.ns.connect(address, ECHO) as s:
                s.sendall(b"still there?")
                expect(receive_exactly(s, 12) == b"still there?", f"{address}: no echo")
            slowest = max(slowest, time.monotonic() - start)
            clients += 1
            time.sleep(0.05)
    finally:
        sent, _ = gun_report(gun, 120)
    grown = lab.weir.resident() - before
    expect(sent >= lab.sizes.syns * 0.95, f"only {sent} SYNs were sent")
    # A SYN that a full tap loses comes again after one second, and then after two.
    expect(clients >= 5 and slowest < 5, f"{clients} clients, the slowest took {slowest:.2f} s")
    expect(grown < _GROWTH or lab.programs.sanitizer, f"memory grew by {grown >> 10} KiB")
    lab.weir.check_sums()


@check("one-worker", "af-packet", sanitizer=True)
def random_and_mutated_frames_are_only_dropped(lab):
    before = lab.weir.total("received")
    count, rate = lab.sizes.frames, lab.sizes.frame_rate
    gun = lab.gun("spoilt", count=count, rate=rate, seed=20)
    sent, refused = gun_report(gun, count / rate + 300)
    expect(refused < count * 0.05, f"the interface refused {refused} of {count} frames")
    time.sleep(0.5)
    received = lab.weir.total("received") - before
    expect(received >= sent * 0.95, f"weir received {received} of {sent} frames")
    for address in BOTH:
        lab.wait_for_ping(address)
        with lab.ns.connect(address, ECHO) as s:
            s.sendall(b"alive")
            expect(receive_exactly(s, 5) == b"alive", f"{address}: no echo afterwards")
    lab.weir.check_sums()
