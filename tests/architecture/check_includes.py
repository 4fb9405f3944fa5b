#!/usr/bin/env python3
"""Dependencies point one way: which folder of src/ may include which, and what protocol code may not
use at all. docs/architecture.md draws the same picture."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# Each layer, and the layers that it may include beside itself. Transitive ones are listed too.
MAY_INCLUDE = {
    "base": set(),
    "frame": {"base"},
    "wire": {"base", "frame"},
    "flow": {"base"},
    "service": {"base", "frame"},  # service.hpp is the contract that connections implement
    "port": {"base", "frame"},
    "ip": {"base", "frame", "wire", "flow"},
    "tcp": {"base", "frame", "wire", "flow", "service"},
    "pipeline": {"base", "frame", "wire", "flow", "ip", "tcp", "service", "port"},
    "capture": {"base", "frame", "wire", "flow", "pipeline"},
    "replay": {"base", "frame", "wire", "flow", "ip", "tcp", "service", "port", "pipeline"},
    "doctor": {"base", "frame"},
    "dpdk": {"base", "frame", "port", "doctor"},
    "runtime": {"base", "frame", "wire", "flow", "ip", "tcp", "service", "port", "pipeline",
                "capture", "doctor", "dpdk"},
    "control": {"base", "frame", "wire", "flow", "ip", "tcp", "service", "port", "capture",
                "runtime"},
    "metrics": {"base", "frame", "wire", "flow", "ip", "tcp", "service", "port", "runtime",
                "control"},
    "app": {"capture", "replay", "base", "frame", "wire", "flow", "ip", "tcp", "service", "port", "pipeline",
            "doctor", "dpdk", "runtime", "control", "metrics"},
    "lib": {"base", "runtime", "control", "app"},
    "ctl": {"base", "doctor"},
    "load": {"base", "frame", "wire", "flow", "service", "pipeline", "dpdk", "runtime"},
}
# Plain data of a layer that is otherwise closed.
ALSO = {
    "control": {"pipeline/counters.hpp", "pipeline/flow_entry.hpp", "pipeline/refused_frames.hpp",
                "pipeline/snapshot.hpp"},
    "flow": set(),
    # The configuration as values is a leaf that the engine is made from; the words of the flows
    # filter and the JSON type are what both ends of the control socket speak.
    "runtime": {"control/config.hpp"},
    "doctor": {"control/config.hpp", "control/json.hpp"},
    "ctl": {"control/json.hpp", "control/flows_filter.hpp", "control/field_value.hpp"},
    "load": {"control/config.hpp", "control/json.hpp", "control/values.hpp"},
}

SEES_DPDK = {"dpdk"}
PROTOCOL = {"tcp", "ip", "flow", "wire"}
# Time and secrets are arguments of protocol code; it neither logs nor throws dice.
FOREIGN = [
    (re.compile(r"\b(?:system|steady|high_resolution)_clock\b"), "asks a clock"),
    (re.compile(r"\b(?:clock_gettime|gettimeofday|time)\s*\(\s*(?:NULL|nullptr|0|CLOCK)"), "asks a clock"),
    (re.compile(r"#\s*include\s*<(?:random|iostream|fstream|thread|mutex|cstdio)>"), "includes {}"),
    (re.compile(r"\bspdlog\b|\bfmt::print"), "logs"),
    (re.compile(r"\b(?:getrandom|getentropy|rand|random|arc4random)\s*\(\s*\)"), "throws dice"),
    (re.compile(r"\bvolatile\b"), "says volatile"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def complaints_of(path, text, layer):
    code = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)

    def at(position):
        return f"{path}:{code.count(chr(10), 0, position) + 1}"

    for match in INCLUDE.finditer(code):
        quote, name = match[1], match[2]
        if re.match(r"(?:.*/)?rte_", name) and layer not in SEES_DPDK:
            yield f"{at(match.start())}: {layer} must not see DPDK ({name})"
        if quote == '"':
            other = name.split("/")[0]
            if name.startswith("weir/") or other == layer:
                continue
            if "/" not in name or other not in MAY_INCLUDE:
                yield f"{at(match.start())}: write the path from src/: \"{name}\""
            elif other not in MAY_INCLUDE[layer] and name not in ALSO.get(layer, ()):
                yield f"{at(match.start())}: {layer} must not include {name}"
    if layer in PROTOCOL:
        for pattern, what in FOREIGN:
            for match in pattern.finditer(code):
                yield f"{at(match.start())}: protocol code {what.format(match[0])} ({match[0]})"


def check_itself():
    """A check that finds nothing must be known to find something."""
    samples = [("tcp", "#include <rte_mbuf.h>"), ("runtime", "#include <rte_mbuf.h>"),
               ("wire", '#include "tcp/tcb.hpp"'), ("control", '#include "pipeline/pipeline.hpp"'), ("ctl", '#include "control/x.hpp"'),
               ("control", '#include "dpdk/eal.hpp"'), ("control", '#include "metrics/x.hpp"'),
               ("metrics", '#include "dpdk/eal.hpp"'), ("doctor", '#include "dpdk/eal.hpp"'),
               ("service", '#include "tcp/tcb.hpp"'),
               ("tcp", "auto t = std::chrono::steady_clock::now();"), ("ip", "#include <random>"),
               ("flow", "spdlog::info(1);"), ("wire", "#include <iostream>")]
    for layer, text in samples:
        assert list(complaints_of("sample", text, layer)), (layer, text)
    for layer, text in [("control", '#include "pipeline/counters.hpp"'),
                        ("dpdk", "#include <rte_mbuf.h>"), ("tcp", "// no <random> here"),
                        ("tcp", '#include "service/service.hpp"')]:
        assert not list(complaints_of("sample", text, layer)), (layer, text)


def main():
    check_itself()
    count = 0
    found = []
    for path in sorted(SRC.rglob("*.[ch]pp")):
        layer = path.relative_to(SRC).parts[0]
        count += 1
        if layer not in MAY_INCLUDE:
            found.append(f"{path}: no layer is called {layer}")
            continue
        found += complaints_of(path.relative_to(ROOT), path.read_text(), layer)
    print("\n".join(found + [f"{count} files, {len(found)} complaints"]))
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())
