"""Which checks there are, where they run, and how large they are."""
import dataclasses

SCENARIOS = ("one-worker", "two-workers", "af-packet", "vlan", "impaired", "devices", "command-line",
             "service-manager")


@dataclasses.dataclass
class Sizes:
    """How much each check does."""
    file_megabytes: int = 100
    echo_megabytes: int = 200
    wrk_seconds: int = 5
    short_connections: int = 3000
    pings: int = 10000
    flows: int = 10000
    syns: int = 100000
    syn_rate: int = 20000
    frames: int = 50000
    frame_rate: int = 10000
    reloads: int = 8  # one a second


PROFILES = {
    "ci": Sizes(),
    "full": Sizes(wrk_seconds=20, short_connections=20000, frames=1000000, frame_rate=20000,
                  reloads=60),
    # For scenarios that differ from the first one in one thing only, and for sanitizer builds.
    "short": Sizes(file_megabytes=20, echo_megabytes=40, wrk_seconds=3, short_connections=1000,
                   pings=3000, flows=2000, syns=30000, syn_rate=10000, frames=50000,
                   frame_rate=5000),
}
PROFILES["million"] = dataclasses.replace(PROFILES["short"], frames=1000000)

_checks = []


def check(*scenarios, sanitizer=False):
    """Marks a function as a check of these scenarios; sanitizer: also with a sanitizer build."""
    assert all(s in SCENARIOS for s in scenarios), scenarios

    def mark(function):
        _checks.append((function, scenarios, sanitizer))
        return function
    return mark


def checks_of(scenario, sanitizer):
    """(name, function) in the order in which they are written."""
    return [(f"{scenario}/{function.__name__}", function)
            for function, scenarios, with_sanitizer in _checks
            if scenario in scenarios and (with_sanitizer or not sanitizer)]
