#!/usr/bin/env python3
"""config/grafana/weir.json and the alert rules name only metrics that exist, with labels that they
have; the dashboard's panels have ids of their own and do not overlap."""
import itertools
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
COLUMNS = 24  # of Grafana's grid
SCRAPED = {"up": set()}  # made by Prometheus itself
TARGET_LABELS = {"job", "instance"}


def families():
    text = (ROOT / "src/metrics/metrics.def").read_text()
    found = re.findall(r'^WEIR_METRIC\(\w+, "(\w+)", (\w+), "([\w ]*)"', text, re.M)
    known = {name: set(labels.split()) for name, kind, labels in found if kind != "histogram"}
    for name, labels in [(name, labels) for name, kind, labels in found if kind == "histogram"]:
        known[f"{name}_bucket"] = {*labels.split(), "le"}
        known[f"{name}_sum"] = known[f"{name}_count"] = set(labels.split())
    return known


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def complaints_of_expression(where, expression, known):
    plain = re.sub(r'"[^"]*"', '""', expression)
    for name in re.findall(r"\b(?:weir|process|up)\w*", plain):
        if name not in known:
            yield f"{where}: no metric is called {name}"
    for name, matchers in re.findall(r"\b(\w+)\{([^}]*)\}", plain):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers):
            if label not in known.get(name, set()) | TARGET_LABELS:
                yield f"{where}: {name} has no label {label}"
    if not re.search(r"\b(?:weir|process|up)\w*", plain):
        yield f"{where}: no metric of Weir in '{expression}'"


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def complaints_of_dashboard(dashboard, known):
    panels = list(panels_of(dashboard))
    ids = [panel["id"] for panel in panels]
    if len(ids) != len(set(ids)):
        yield f"ids are not unique: {ids}"
    for panel in panels:
        grid, title = panel["gridPos"], panel["title"]
        if grid["x"] < 0 or grid["w"] < 1 or grid["x"] + grid["w"] > COLUMNS:
            yield f"'{title}' is beside the grid"
        if panel["type"] == "row":
            continue
        if not panel.get("targets"):
            yield f"'{title}' shows nothing"
        for source in [panel, *panel.get("targets", [])]:
            if source.get("datasource", {}).get("uid") != "${datasource}":
                yield f"'{title}' does not use the datasource variable"
        for target in panel.get("targets", []):
            yield from complaints_of_expression(f"'{title}'", target["expr"], known)
    for a, b in itertools.combinations(panels, 2):
        if overlap(a["gridPos"], b["gridPos"]):
            yield f"'{a['title']}' and '{b['title']}' overlap"
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    if variables[:1] != ["datasource"]:
        yield f"the first variable is no datasource: {variables}"
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) - {"__rate_interval"}
    for name in sorted(used - set(variables)):
        yield f"no variable is called {name}"


def complaints_of_rules(text, known):
    for alert, expression in re.findall(r"- alert: (\w+)\n\s+expr: (?:\|\n)?(.*?)\n\s+for:", text, re.S):
        yield from complaints_of_expression(alert, expression, known)


def untested(rules, tests):
    for alert in re.findall(r"- alert: (\w+)", rules):
        quiet = re.search(rf"alertname: {alert}, exp_alerts: \[\]", tests)
        fires = re.search(rf"alertname: {alert}\n\s+exp_alerts:\n\s+- exp_labels", tests)
        if not quiet or not fires:
            yield f"{alert} has no test that it fires and no test that it does not"


def check_itself(known):
    """A check that finds nothing must be known to find something."""
    assert list(complaints_of_expression("x", "rate(weir_nothing_total[5m])", known))
    assert list(complaints_of_expression("x", 'weir_port_up{worker="1"}', known))
    assert list(complaints_of_expression("x", "vector(1)", known))
    assert list(complaints_of_expression("x", "rate(weir_tcp_rtt_seconds[5m])", known))
    assert not list(complaints_of_expression("x", 'weir_tcp_rtt_seconds_bucket{le="1"}', known))
    assert not list(complaints_of_expression("x", 'weir_port_up{port=~"w.*",job="a"}', known))
    box = {"x": 0, "y": 0, "w": 12, "h": 8}
    assert overlap(box, dict(box, x=11)) and not overlap(box, dict(box, x=12))
    assert list(untested("- alert: A\n", ""))


def main():
    known = families() | SCRAPED
    check_itself(known)
    dashboard = json.loads((ROOT / "config/grafana/weir.json").read_text())
    rules = (ROOT / "config/prometheus/weir.rules.yml").read_text()
    tests = (ROOT / "config/prometheus/weir.rules.test.yml").read_text()
    found = [*complaints_of_dashboard(dashboard, known), *complaints_of_rules(rules, known),
             *untested(rules, tests)]
    count = len(list(panels_of(dashboard)))
    alerts = len(re.findall("- alert:", rules))
    print("\n".join(found + [f"{count} panels, {alerts} alerts, {len(found)} complaints"]))
    return 1 if found or not count or not alerts else 0


if __name__ == "__main__":
    sys.exit(main())
