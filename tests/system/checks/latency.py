"""What is timed on a running daemon: counts are exact, durations are only there."""
from harness.lab import BOTH, RESPOND
from harness.net import expect, receive_all, wait_for
from harness.registry import check

_TIMES = 20


def histogram(lab, name, service=None):
    found = [h for h in lab.weir.json("latency", name)["histograms"]
             if service is None or h["service"] == service]
    expect(len(found) == 1, f"{name} of {service}: {len(found)} histograms")
    return found[0]


def expect_sane(h):
    quantiles = [h[key] for key in ("min", "p50", "p90", "p99", "p999", "p9999", "max")]
    expect(quantiles == sorted(quantiles), f"{h['name']}: {quantiles}")
    expect(sum(count for _, count in h["buckets"]) == h["count"], f"{h['name']}: buckets")


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def each_connection_and_request_is_timed_once(lab):
    names = ("handshake", "rtt", "request")
    before = {name: histogram(lab, name, "respond")["count"] for name in names}
    for address in BOTH:
        for _ in range(_TIMES):
            with lab.ns.connect(address, RESPOND) as s:
                s.sendall(b"a question")
                receive_all(s)
    for name in names:
        h = histogram(lab, name, "respond")
        came = h["count"] - before[name]
        exact = name != "rtt"  # text is acknowledged in more than one segment at times
        wanted = len(BOTH) * _TIMES
        expect(came == wanted if exact else came >= wanted, f"{name}: {came} of {wanted}")
        expect_sane(h)


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def every_received_frame_is_timed_on_its_way(lab):
    """Frames that a worker gave to another one are counted by both."""
    lab.ns.datagrams(BOTH[0], RESPOND).send(b"x")

    def agree():
        # Workers are read one after the other, while the link is never quite silent.
        workers = lab.weir.workers()
        timed = histogram(lab, "rx_tx")["count"]
        return timed == sum(w["rx_packets"] + w["handoff_in"] for w in workers)
    wait_for(agree, 10, "as many frames timed as received")
    bursts = histogram(lab, "rx_burst")
    expect(bursts["unit"] == "frames" and bursts["min"] >= 1, f"{bursts['unit']}, {bursts['min']}")
    for name in ("loop", "rx_tx"):
        expect_sane(histogram(lab, name))
    one_by_one = lab.weir.json("latency", "loop", "--worker")["histograms"]
    expect([h["worker"] for h in one_by_one] == [w["worker"] for w in lab.weir.workers()],
           "not each worker has its rounds")


@check("one-worker", sanitizer=True)
def weirctl_shows_quantiles_and_bars(lab):
    table = lab.weir.ctl("latency").stdout
    expect("P99.99" in table and "none yet" in table, table)
    expect("#" in lab.weir.ctl("latency", "loop").stdout, "no bars")
    status = lab.weir.json("status")["latency"]
    expect(set(status) == {"seconds", "handshake", "request", "rx_tx", "loop"}, f"{status}")
