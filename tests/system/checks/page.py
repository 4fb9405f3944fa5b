"""The status page in a browser: numbers that move, in every width and colour, without a complaint."""
import contextlib

from harness.browser import Browser
from harness.lab import METRICS, WEIR4, small_config
from harness.net import expect, killed_afterwards, url
from harness.registry import check

_WINDOWS = (("desktop-light", 1280, 800, False), ("desktop-dark", 1280, 800, True),
            ("phone-light", 375, 812, False), ("phone-dark", 375, 812, True))


@contextlib.contextmanager
def browser(lab):
    shown = Browser(lab.ns, lab.directory, lab.programs.patience)
    try:
        yield shown
    finally:
        shown.close()


@contextlib.contextmanager
def traffic(lab):
    """Connections that come and go, and frames that are refused."""
    # Who kills the shell leaves a curl behind, for as long as it may take.
    loop = f"while :; do curl -s --noproxy '*' --max-time 10 -o /dev/null {url(WEIR4)}; done"
    with killed_afterwards(lab.ns.start("sh", "-c", loop)), \
            killed_afterwards(lab.gun("spoilt", count=1_000_000, rate=200, seed=7)):
        yield


def text(ident):
    return f"(document.getElementById({ident!r})?.textContent ?? '')"


def shows_numbers_that_change(shown):
    shown.waits_for(f"/[1-9]/.test({text('rx-packets')})", "packets")
    for ident in ("rx-packets", "rx-bits", "tx-bits"):
        first = shown.value(text(ident))
        shown.waits_for(f"{text(ident)} !== {first!r}", f"another number than {first!r} in {ident}")
    shown.waits_for(f"/[1-9]/.test({text('drops-rate')})", "drops")
    shown.waits_for("[...document.querySelectorAll('.plot:not([hidden]) path.curve')].length >= 5",
                    "curves")
    reasons = shown.value("document.querySelector('#drops tbody').innerText")
    expect("_" in reasons, f"drops are shown as {reasons:.200}")
    words = shown.value("document.body.innerText.toLowerCase()")
    for word in ("echo", "web", "serving", "drops", "bit/s received", "p0", "live"):
        expect(word in words, f"{word!r} is not on the page: {words[:400]!r}")


def looks_right_in_every_window(shown, keep):
    backgrounds = set()
    for name, width, height, dark in _WINDOWS:
        shown.window(width, height, dark)
        # The plots follow with the next numbers.
        first = shown.value("document.querySelector('.plot svg').innerHTML")
        shown.waits_for(f"document.querySelector('.plot svg').innerHTML !== {first!r}", "a new plot")
        wide = shown.value("Math.max(...[...document.querySelectorAll('*')].map("
                           "(e) => e.getBoundingClientRect().right))")
        what = shown.value(f"[...document.querySelectorAll('*')].filter((e) => "
                           f"e.getBoundingClientRect().right > {width}).map((e) => e.outerHTML.slice(0, 150))"
                           ".pop() ?? ''")
        expect(wide <= width, f"{name}: to {wide} of {width} reaches {what}")
        backgrounds.add(shown.value("getComputedStyle(document.body).backgroundColor"))
        shown.picture(keep / f"page-{name}.png")
    expect(len(backgrounds) == 2, f"light and dark have {backgrounds}")


def shows_latencies_that_are_measured(shown):
    times = '{count: 70, p50_us: 800, p99_us: 61000}'
    none = '{count: 0, p50_us: null, p99_us: null}'
    # At once, before the next numbers come.
    words, plots = shown.value(
        f"show({{...before, now_ns: before.now_ns + 1e9, latency: "
        f"{{seconds: 60, handshake: {times}, loop: {none}}}}}); "
        "[document.getElementById('latency').innerText, "
        "document.querySelectorAll('.plot:not([hidden])').length]")
    for word in ("SYN to established connection", "800 µs", "61 ms"):
        expect(word in words.replace("\u202f", " "), f"{word!r} is not among {words!r}")
    expect("worker" not in words, f"a round that nobody measured: {words!r}")
    expect(plots == 6, f"{plots} plots, and none of the handshake")


@check("one-worker")
def the_page_is_live_over_the_data_plane(lab):
    with browser(lab) as shown, traffic(lab):
        shown.window(1280, 800)
        shown.go(url(WEIR4))
        shows_numbers_that_change(shown)
        looks_right_in_every_window(shown, lab.programs.keep)
        expect(not shown.complaints, f"the console has {shown.complaints}")


@check("one-worker")
def the_page_is_live_over_the_kernel(lab):
    with browser(lab) as shown, traffic(lab):
        shown.window(1280, 800)
        shown.go(f"http://{METRICS}/")
        shows_numbers_that_change(shown)
        shows_latencies_that_are_measured(shown)
        expect(not shown.complaints, f"the console has {shown.complaints}")


@check("command-line")
def the_page_says_that_the_daemon_is_gone(lab):
    lab.ns = lab.namespace()
    weir = lab.daemon(lab.ns, "weir", small_config(metrics=METRICS))
    weir.wait_ready()
    with browser(lab) as shown:
        shown.go(f"http://{METRICS}/")
        shown.waits_for(f"{text('state-text')} === 'live'", "live")
        weir.ctl("drain")
        shown.waits_for(f"{text('state-text')} === 'live, draining'", "draining")
        weir.stop()
        shown.waits_for(f"{text('notice')}.startsWith('No connection to weir, retrying')", "the notice")
        shown.picture(lab.programs.keep / "page-no-connection.png")
        again = lab.daemon(lab.ns, "weir", small_config(metrics=METRICS))
        again.wait_ready()
        shown.waits_for(f"{text('state-text')} === 'live' && {text('notice')} === ''", "live again")
    again.stop()
