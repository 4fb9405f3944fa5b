#!/usr/bin/env python3
"""docs/benchmarks.md and its plots, from what scripts/bench measured: report.py RESULTS DOCS."""

import datetime
import json
import pathlib
import platform
import re
import statistics
import sys
import textwrap

# The goal of a frame: so many times the limit, and the cycles that a driver may add.
FACTOR, DRIVER = 1.3, 24


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    field = lambda name: re.search(rf"^{name}\s*: (.*)$", text, re.M).group(1)
    widest = next((w for w in ("avx512f", "avx2", "sse4_2") if f" {w} " in text), "?")
    return (f"{field('model name')}, family {field('cpu family')} model {field('model')}, "
            f"{text.count('processor	')} CPUs, {widest}")


def spread(figure):
    return f"{figure[0]:.0f} ({figure[1]:.0f}–{figure[2]:.0f})"


def flows_text(n):
    if n == 0:
        return "none"
    return f"{n // 1_000_000} M" if n >= 1_000_000 else f"{n // 1000} k"


def plot(path, title, x_title, labels, series):
    """Lines over named points, as SVG: series is [(name, colour, values)]."""
    width, height, left, bottom, top = 560, 300, 60, 46, 34
    most = max(v for _, _, values in series for v in values) * 1.1
    x = lambda i: left + (width - left - 130) * (i + 0.5) / len(labels)
    y = lambda v: height - bottom - (height - bottom - top) * v / most
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>',
           f'<text x="{left}" y="20" font-size="14">{title}</text>']
    step = 10 ** (len(str(int(most))) - 1)
    step = step if most / step >= 3 else step / 2
    value = 0
    while value <= most:
        out.append(f'<line x1="{left}" x2="{width - 130}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   f'stroke="#ddd"/><text x="{left - 8}" y="{y(value) + 4:.1f}" '
                   f'text-anchor="end">{value:.0f}</text>')
        value += step
    for i, label in enumerate(labels):
        out.append(f'<text x="{x(i):.1f}" y="{height - bottom + 18}" text-anchor="middle">{label}'
                   f'</text>')
    out.append(f'<text x="{(left + width - 130) / 2}" y="{height - 8}" text-anchor="middle">{x_title}'
               f'</text>')
    for n, (name, colour, values) in enumerate(series):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(i):.1f}" cy="{y(v):.1f}" r="3" fill="{colour}"/>'
                for i, v in enumerate(values)]
        out.append(f'<text x="{width - 122}" y="{y(values[-1]) + 4:.1f}" fill="{colour}">{name}</text>')
    path.write_text("\n".join(out + ["</svg>"]) + "\n")


def packet_table(rows):
    lines = ["| | open flows | frames in use | checksums | Weir | limit | ratio |",
             "|---|---|---|---|---|---|---|"]
    for r in rows:
        limit = f"{r['limit'][0]:.0f}" if r["limit"][0] else "–"
        ratio = f"{r['ratio']:.2f}" if r["ratio"] else "–"
        lines.append(f"| {r['name']} | {flows_text(r['flows'])} | {r['frames']} | "
                     f"{'the port' if r['offload'] else 'software'} | {spread(r['weir'])} | {limit} | "
                     f"{ratio} |")
    return lines


def overload_table(rows):
    lines = ["| offered, of the capacity | served, of the peak | 99 % of the served within | refused | "
             "lost in the queue | without refusing: served, 99 % of them within, lost |", "|---|---|---|---|---|---|"]
    without = {r["load"]: r for r in rows if not r["refuses"]}
    peak = max(r["good"] for r in rows)
    for r in rows:
        if not r["refuses"]:
            continue
        other = without[r["load"]]
        lines.append(f"| {r['load']:.1f} × ({r['offered']:.0f}/s) | {r['good']:.0f}/s, "
                     f"{100 * r['good'] / peak:.0f} % | {r['p99_ms']:.1f} ms | {100 * r['refused']:.0f} % of frames | "
                     f"{100 * r['lost']:.1f} % | {other['good']:.0f}/s, {100 * other['good'] / peak:.0f} %, "
                     f"{other['p99_ms']:.1f} ms, {100 * other['lost']:.1f} % lost |")
    return lines


def pair_table(rows):
    lines = ["| | a second | cycles of the server each | p50 | p99 |", "|---|---|---|---|---|"]
    for r in rows:
        times = [f"{r[k][0]:.0f} µs" if r[k][0] else "–" for k in ("p50", "p99")]
        unit = r["unit"] if r["unit"] == "MB" else r["unit"] + "s"
        rate = f"{r['rate'][0]:,.0f} {unit} ({r['rate'][1]:,.0f}–{r['rate'][2]:,.0f})"
        if not r["steady"]:
            rate += ", none of the runs steady"
        if r["lost"][2]:
            rate += f", {r['lost'][0]:.0f} lost"
        lines.append(f"| {r['name']} | {rate} | {spread(r['cycles'])} | {times[0]} | {times[1]} |")
    return lines


def driver_table(rows):
    lines = ["| | Weir | forwarding alone | Weir's own |", "|---|---|---|---|"]
    for r in rows:
        lines.append(f"| {r['name']} | {spread(r['weir'])} | {spread(r['limit'])} | "
                     f"{r['weir'][0] - r['limit'][0]:.0f} |")
    return lines


def nginx_table(rows):
    lines = ["| | client | nginx | Weir | Weir's cost of nginx's |", "|---|---|---|---|---|"]
    text = lambda r: (f"{r['rate'][0]:,.0f} a second, {r['microseconds'][0]:.1f} µs each, p99 "
                      f"{r['p99'][0] / 1000:.1f} ms")
    ours = {(r["client"], r["name"]): r for r in rows if r["server"] == "Weir"}
    for r in rows:
        if r["server"] == "Weir":
            continue
        weir = ours[(r["client"], r["name"])]
        ratio = weir["microseconds"][0] / r["microseconds"][0]
        lines.append(f"| {r['name']} | {r['client']} | {text(r)} | {text(weir)} | {ratio:.2f} × |")
    return lines


def main():
    source, docs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    load = lambda name: json.loads((source / name).read_text())
    cycles, peer, many = load("cycles.json"), load("rte_hash.json"), load("connections.json")
    overload, pair, driver = load("overload.json"), load("pair.json"), load("driver.json")
    nginx = load("nginx.json") if (source / "nginx.json").exists() else []
    pictures = docs / "benchmarks"
    pictures.mkdir(exist_ok=True)

    packets = [r for r in cycles if r["frames"] and r["burst"] == 32]
    of_name = lambda name: [r for r in cycles if r["name"] == name]
    by_flows = [r for r in of_name("data -> ACK")
                if r["frames"] == 512 and r["burst"] == 32 and not r["offload"]]
    by_burst = sorted((r for r in of_name("data -> ACK")
                       if r["flows"] == 1_000_000 and r["frames"] == 512 and not r["offload"]),
                      key=lambda r: r["burst"])
    by_set = [r for r in of_name("SYN -> SYN-ACK with cookie") if not r["offload"]]
    for name, title, x_title, rows, label in (
            ("flows", "data → ACK, cycles a frame", "open flows", by_flows,
             lambda r: flows_text(r["flows"])),
            ("burst", "data → ACK with 1 M flows, cycles a frame", "frames in a burst", by_burst,
             lambda r: r["burst"]),
            ("cache", "SYN → SYN-ACK, cycles a frame", "frames in use by turns", by_set,
             lambda r: r["frames"])):
        plot(pictures / f"{name}.svg", title, x_title, [label(r) for r in rows],
             [("Weir", "#b03030", [r["weir"][0] for r in rows]),
              ("limit", "#3060a0", [r["limit"][0] for r in rows])])

    workers = [r for r in cycles if r["name"].endswith((" worker", " workers"))]
    cycles = [r for r in cycles if r not in workers]
    plot(pictures / "workers.svg", "SYN → SYN-ACK, cycles a frame, all workers together", "workers",
         [r["name"].split()[0] for r in workers],
         [("each at its owner", "#b03030", [r["weir"][0] for r in workers]),
          ("all at the first", "#3060a0", [r["limit"][0] for r in workers])])
    served = lambda refuses: [r["good"] for r in overload if r["refuses"] == refuses]
    plot(pictures / "overload.svg", "Short connections served a second", "offered, of the capacity",
         [f"{r['load']:.1f}" for r in overload if r["refuses"]],
         [("refusing", "#b03030", served(True)), ("without", "#3060a0", served(False))])

    look = {(r["name"], r["flows"]): r["weir"] for r in cycles + peer if not r["frames"]}
    lines = [
        "# Benchmarks",
        "",
        f"Written by `scripts/bench` on {datetime.date.today()}: {processor()}; Linux "
        f"{'.'.join(platform.release().split('.')[:2])}. Cycles of the time-stamp counter, medians with the least and the "
        "most. Another machine, or this one an hour later, has other figures: what counts is the "
        "ratio within a run.",
        "",
        "## What a frame costs in process",
        "",
        "Whole frames through one worker's stack, from the port's burst to the transmit buffer; frames "
        "are filled and looked at outside the time. The *limit* is a loop over the same frames, by turns "
        "with Weir in one process, that does the same checks, keyed hash, look-up and update, and "
        "writes the same reply: no layers, services, counters or timers (tests/bench/limit.cpp).",
        "",
        *packet_table(packets),
        "",
        f"The goal is limit × {FACTOR} and the driver's {DRIVER} cycles. It is missed by far; "
        "docs/performance.md says where the cycles go.",
        "",
        "![Cost against flows](benchmarks/flows.svg)",
        "![Cost against bursts](benchmarks/burst.svg)",
        "![Cost against frames in use](benchmarks/cache.svg)",
        "",
        "## More than one worker",
        "",
        "SYNs that each come to the worker that owns their tuple, and SYNs that all come to the first one, which hands "
        "them over; in one thread, so that no cache line travels: cycles a frame, all workers together.",
        "",
        "| workers | each at its owner | all at the first | handed over |",
        "|---|---|---|---|",
        *[f"| {n} | {spread(r['weir'])} | {spread(r['limit'])} | {100 * (n - 1) / n:.0f} % |"
          for r in workers for n in [int(r["name"].split()[0])]],
        "",
        "![Cost against workers](benchmarks/workers.svg)",
        "",
        "## The parts",
        "",
        "| | cycles | beside it |",
        "|---|---|---|",
    ]
    for n in (1_000_000, 10_000_000):
        ours = look[("flow look-up, hash included", n)]
        theirs = look[("rte_hash look-up, bulk", n)]
        lines.append(f"| flow look-up in bursts, {flows_text(n)}, keyed hash included | {spread(ours)} | "
                     f"rte_hash, CRC: {spread(theirs)}, {theirs[0] / ours[0]:.2f} × ours |")
    for n in (1_000_000, 10_000_000):
        ours = look[("flow erased and inserted, hash included", n)]
        theirs = look[("rte_hash erased and inserted", n)]
        lines.append(f"| flow erased and inserted, {flows_text(n)} | {spread(ours)} | rte_hash: "
                     f"{spread(theirs)}, {theirs[0] / ours[0]:.2f} × ours |")
    for r in cycles:
        if r["frames"] or r["name"].startswith("flow "):
            continue
        beside = f"{r['other']}: {r['limit'][0]:.0f}" if r["limit"][0] else ""
        many_text = f", {flows_text(r['flows'])}" if r["flows"] else ""
        lines.append(f"| {r['name']}{many_text} | {spread(r['weir'])} | {beside} |")
    lines += [
        "",
        "## Connections kept",
        "",
        f"{flows_text(many['connections'])} connections opened by real handshakes and kept: "
        f"{many['bytes']:.1f} bytes each by the process's memory, {many['open_cycles']:.0f} cycles of the "
        f"stack each to open; data → ACK on random ones {many['segment_cycles']:.0f} cycles. "
        "`scripts/bench-connections 100000000` does the same with a hundred million.",
        "",
        "## Overload",
        "",
        "Short connections at a handler that thinks for 10,000 cycles, at rates around the capacity; virtual "
        "time, clients that repeat what was lost, a NIC queue of 1024 frames (tests/bench/overload.cpp). A "
        "worker whose queue stands half full refuses a growing share of SYNs (`tcp_overload`); beside it, "
        "the same without.",
        "",
        *overload_table(overload),
        "",
        "![Served at overload](benchmarks/overload.svg)",
        "",
        "## Between two processes",
        "",
        "Weir on one CPU and `weir-load` on the other, joined by net_memif; every answer verified. Medians of "
        "the runs between which the distance of the CPUs (a cache line there and back: "
        f"{statistics.median(r['distance'][0] for r in pair):.0f} cycles) was steady; "
        f"{sum(r['thrown_away'] for r in pair)} of {sum(r['thrown_away'] + r['runs'] for r in pair)} runs "
        "were thrown away. Cycles are the server's busy ones, the driver's copies included.",
        "",
        *pair_table(pair),
        "",
        "## With a driver, in one thread",
        "",
        "The two ends of a net_memif link by turns: what the receive burst, the stack and the transmit burst take "
        "for a frame, and what the bursts take when the frame only goes back (tests/bench/driver.cpp).",
        "",
        *driver_table(driver),
        "",
        "## Beside nginx on the kernel",
        "",
        *(["The same veth, a file of 100 bytes, one CPU for the server and one for the client; Weir has the link by "
           "net_af_packet. What a request costs the server: nginx's processor time, and the time that Weir's worker "
           "was busy; what the kernel did for nginx in the client's soft interrupts is in neither "
           "(tests/bench/nginx.py).", "", *nginx_table(nginx)] if nginx else
          ["Not measured: nginx is not installed here."]),
        "",
        "## Not measured",
        "",
        "- Beside dperf and F-Stack, same client, same link.",
        "- Workers on CPUs of their own under one load: this machine has two CPUs, and the load needs one.",
        "",
    ]
    wrapped = [line if line.startswith(("|", "!", "#")) else
               "\n".join(textwrap.wrap(line, 114, subsequent_indent="  " if line[:2] == "- " else ""))
               for line in lines]
    (docs / "benchmarks.md").write_text("\n".join(wrapped) + "\n")


if __name__ == "__main__":
    main()
