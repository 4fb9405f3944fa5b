"""Counters that add up, hand-off between workers."""
from harness.lab import BOTH, ECHO
from harness.net import expect, receive_exactly
from harness.registry import check


@check("two-workers")
def strays_are_handed_to_their_worker(lab):
    """One queue, two workers: about every second flow belongs to the other one."""
    before = lab.weir.total("handoff_in")
    for i in range(64):
        with lab.ns.connect(BOTH[i % 2], ECHO) as s:
            s.sendall(b"whose?")
            expect(receive_exactly(s, 6) == b"whose?", f"connection {i}")
    workers = lab.weir.workers()
    expect(len(workers) == 2, f"{len(workers)} workers")
    expect(lab.weir.total("handoff_in") > before, "nothing was handed over")
    expect(lab.weir.total("handoff_in") == lab.weir.total("handoff_out"),
           f"handed in {lab.weir.total('handoff_in')}, out {lab.weir.total('handoff_out')}")
    for worker in workers:
        expect(worker["delivered"] > 0, f"worker {worker['worker']} served nobody")


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def counters_add_up(lab):
    lab.weir.check_sums()
    stats = lab.weir.json("stats")
    expect(len(stats) > 1, "weirctl --json stats is empty")
