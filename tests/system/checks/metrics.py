"""What Prometheus and probes ask of a running daemon."""
import re

from harness.lab import METRICS, small_config
from harness.net import expect, run, wait_for
from harness.registry import check


def ask(namespace, path):
    """(status, body)"""
    out = namespace.run("curl", "-sS", "--noproxy", "*", "-g", "--max-time", "10", "-w",
                        "\n%{http_code}", f"http://{METRICS}{path}").stdout
    body, _, status = out.rpartition("\n")
    return int(status), body


def samples(text):
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


@check("one-worker", "two-workers", "af-packet", sanitizer=True)
def promtool_finds_nothing_wrong_with_the_metrics(lab):
    status, text = ask(lab.weir.namespace, "/metrics")
    expect(status == 200 and "# TYPE weir_ready gauge" in text, f"{status} {text[:200]}")
    run(["promtool", "check", "metrics"], stdin=text)


@check("one-worker", "two-workers", sanitizer=True)
def metrics_agree_with_weirctl(lab):
    """Traffic flows all the time, so what is between two looks of weirctl is right."""
    def total(found, name):
        return sum(value for sample, value in found.items() if sample.startswith(name + "{"))

    before = lab.weir.json("stats")["totals"]["received"]
    text = lab.weir.ctl("metrics").stdout
    after = lab.weir.json("stats")["totals"]["received"]
    received = total(samples(text), "weir_packets_received_total")
    expect(before <= received <= after, f"{received} is not between {before} and {after}")
    _, scraped = ask(lab.weir.namespace, "/metrics")
    ours, theirs = set(samples(text)), set(samples(scraped))
    expect(ours == theirs, f"only in one of them: {sorted(ours ^ theirs)[:3]}")
    workers = {f'weir_worker_rounds_total{{worker="{w["worker"]}"}}' for w in lab.weir.workers()}
    expect(workers <= ours, f"not told: {workers - ours}")


@check("one-worker", sanitizer=True)
def a_scrape_may_choose_families(lab):
    for query in ("name[]=weir_tcp_*", "name%5B%5D=weir_tcp_%2A"):
        _, text = ask(lab.weir.namespace, f"/metrics?{query}")
        names = set(re.findall(r"^(\w+)", text, re.M))
        expect(names and all(name.startswith("weir_tcp_") for name in names), f"{query}: {names}")


@check("one-worker", "two-workers", "af-packet", "vlan", sanitizer=True)
def a_healthy_daemon_says_so(lab):
    for path in ("/healthz", "/readyz"):
        expect(ask(lab.weir.namespace, path) == (200, "ok\n"),
               f"{path}: {ask(lab.weir.namespace, path)}")
    expect(ask(lab.weir.namespace, "/nothing")[0] == 404, "another path is no 404")


@check("one-worker", sanitizer=True)
def readyz_follows_a_drain_at_once(lab):
    try:
        lab.weir.ctl("drain")
        status, why = ask(lab.ns, "/readyz")
    finally:
        lab.weir.ctl("undrain")
    expect(status == 503 and "drain" in why, f"{status} {why}")
    expect(ask(lab.ns, "/readyz") == (200, "ok\n"), "it is not ready again")


@check("command-line", sanitizer=True)
def readyz_names_the_port_without_a_link(lab):
    lab.ns = lab.namespace()
    weir = lab.daemon(lab.ns, "weir", small_config("net_tap0,iface=weir0", METRICS))
    weir.wait_ready()
    lab.ns.run("ip", "link", "set", "weir0", "up")
    seconds = 10 * lab.programs.patience
    wait_for(lambda: ask(lab.ns, "/readyz") == (200, "ok\n"), seconds, "ready")
    lab.ns.run("ip", "link", "set", "weir0", "down")
    wait_for(lambda: ask(lab.ns, "/readyz")[0] == 503, seconds, "not ready")
    _, why = ask(lab.ns, "/readyz")
    expect(why == "service echo cannot be reached: port p0 has no link\n", why)
    expect(ask(lab.ns, "/healthz") == (200, "ok\n"), "not healthy either")
    found = samples(ask(lab.ns, "/metrics")[1])
    expect(found["weir_ready"] == 0 and found['weir_port_up{port="p0"}'] == 0, "metrics disagree")
    weir.stop()


@check("command-line", sanitizer=True)
def a_taken_metrics_port_is_a_warning(lab):
    lab.ns = lab.namespace()
    config = small_config(metrics=METRICS)
    first = lab.daemon(lab.ns, "first", config)
    first.wait_ready()
    second = lab.daemon(lab.ns, "second", config)
    second.wait_ready()
    warning = f"warn  sub=metrics [metrics] listen = {METRICS}: Address already in use"
    expect(warning in second.log_text(), f"no warning: {second.log_tail()}")
    expect("weir_ready" in second.ctl("metrics").stdout, "weirctl metrics is empty")
    second.stop()
    third = lab.daemon(lab.ns, "third", config, ("--set", "metrics.listen=off"))
    third.wait_ready()
    expect("metrics" not in third.log_text(), f"off, but: {third.log_tail()}")
    third.stop()
    first.stop()
