"""TCP through a bad cable, with a Linux kernel at the other end: every byte arrives, both ways."""
import hashlib
import pathlib
import threading
import time

from harness.impaired import ImpairedLab
from harness.lab import BOTH, ECHO, FILES, WEIR4
from harness.net import Failure, expect, url
from harness.registry import check

CABLES = {
    "loss": ["loss=0.05", "delay=1"],
    "reordering": ["reorder=0.1", "reorder_by=4", "delay=1", "jitter=1"],
    "mixed": ["loss=0.03", "duplicate=0.03", "reorder=0.05", "corrupt=0.01", "delay=2", "jitter=1"],
}
PATTERN = bytes((i * i + (i >> 8)) & 0xFF for i in range(65521)) * 2


def behind(lab, faults):
    return ImpairedLab(lab.programs, lab.sizes, "impaired", faults)


def echo(lab, address, size, offset, patience):
    """Seconds until `size` bytes have come back unchanged."""
    start = time.monotonic()
    sent = PATTERN[offset:offset + size]
    with lab.ns.connect(address, ECHO, timeout=patience) as s:
        sender = threading.Thread(target=s.sendall, args=(sent,), daemon=True)
        sender.start()
        got = bytearray()
        while len(got) < size:
            part = s.recv(1 << 16)
            expect(part, f"closed after {len(got)} of {size} bytes")
            got += part
        sender.join(patience)
    expect(bytes(got) == sent, "another byte came back")
    return time.monotonic() - start


def echoes(lab, count, at_once, size, patience):
    """The times of `count` echoes, `at_once` of them together, over both families in turn."""
    times, wrong = [], []
    numbers = iter(range(count))
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                times.append(echo(lab, BOTH[number % 2], size, number * 37 % 30000, patience))
            except (Failure, OSError) as error:
                wrong.append(f"{number}: {error}")

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(not wrong, f"{len(wrong)} of {count} failed, first {wrong[:1]}")
    return sorted(times)


@check("impaired")
def echo_comes_back_whatever_the_cable_does(lab):
    for name, faults in CABLES.items():
        bad = behind(lab, faults)
        try:
            bad.start()
            echoes(bad, 24, 12, 60_000, 60)
            bad.weir.check_sums()
            bad.weir.stop()
            said = bad.disconnect()
            expect("lost" in said, f"{name}: {said}")
        finally:
            bad.close()


@check("impaired")
def a_file_arrives_unchanged_through_loss(lab):
    bad = behind(lab, ["loss=0.01", "delay=5"])
    try:
        bad.start()
        sent = hashlib.sha256(pathlib.Path(bad.www, "big.bin").read_bytes()).hexdigest()
        target = f"{bad.directory}/got"
        bad.curl(url(WEIR4, "/big.bin", FILES), "-o", target)
        got = hashlib.sha256(pathlib.Path(target).read_bytes()).hexdigest()
        expect(sent == got, "the file is another one")
        bad.weir.check_sums()
        bad.weir.stop()
    finally:
        bad.close()
