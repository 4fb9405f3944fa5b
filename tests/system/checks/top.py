"""weirctl top on a terminal: what it shows, what keys do, and that it leaves nothing behind."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess

from harness.lab import ECHO, WEIR4, small_config
from harness.net import expect, killed_afterwards, receive_exactly, wait_for
from harness.registry import check
from harness.screen import Screen


@contextlib.contextmanager
def screen(lab, daemon, **options):
    shown = Screen(lab.directory, lab.programs.patience, **options)
    try:
        shown.types(f"clear; echo $$ > shell.pid; stty -g > before; top() {{ "
                    f"{lab.programs.weirctl} -S {daemon.socket} top \"$@\"; echo left with $?; }}")
        yield shown
    finally:
        shown.close()


def pings(lab):
    ping = lab.ns.start("ping", "-q", "-i", "0.01", WEIR4, stdout=subprocess.DEVNULL)
    return killed_afterwards(ping)


def start(shown, *options):
    shown.types("clear; top " + " ".join(options))
    shown.expects(r"^weir \S+  ready .*every")


def is_left(shown, code=0):
    """The shell is back, and the terminal is as it was."""
    shown.expects(f"left with {code}$")
    shown.types("clear; stty -g | cmp - before && echo restored")
    shown.expects("^restored$")
    expect(shown.is_plain(), f"the screen is not as it was:\n{shown.text()}")


def received(shown):
    """Packets a second, as the head shows them; 0 for a number that is none."""
    found = re.search(r"^rx +([\d.]+)k? pps", shown.text(), re.M)
    return float(found[1]) if found else 0


@check("one-worker", sanitizer=True)
def top_shows_what_happens(lab):
    with screen(lab, lab.weir) as shown:
        start(shown, "-d", "0.2")
        with pings(lab):
            wait_for(lambda: received(shown) > 0, 30, "packets")
            first = shown.lines()[1]
            wait_for(lambda: shown.lines()[1] != first, 30, "other numbers")
            shown.expects("[▂▃▄▅▆▇█]")
        for name in ("WORKER", "SERVICE", "web", "frames .*free", "q quit"):
            shown.expects(name)
        expect(len(shown.lines()) == 24, f"the screen is not filled:\n{shown.text()}")
        shown.press("v")
        for name in ("echo", "web", "hold"):
            shown.expects(f"^{name} +198.18.0.2:")
        shown.press("q")
        is_left(shown)


@check("one-worker", sanitizer=True)
def top_heeds_its_keys(lab):
    with screen(lab, lab.weir) as shown, lab.ns.connect(WEIR4, ECHO) as busy:
        # So that it stands before what other checks have left.
        busy.sendall(bytes(100_000))
        receive_exactly(busy, 100_000)
        start(shown)
        shown.press("?")
        shown.expects("^Keys of weirctl top")
        shown.press("h")
        shown.expects("^WORKER|^ *WORKER")
        shown.press("f")
        shown.expects(r"^flows by BYTES/s")
        shown.expects(r"198\.18\.0\.1:\d+ .*echo")
        shown.press("s")
        shown.expects("^flows by BYTES$|^flows by BYTES,")
        shown.press("r")
        shown.expects("^drops by PER SECOND")
        shown.press("p")
        shown.expects("^p0 .*up")
        shown.press("Escape")
        shown.expects("SERVICE")
        shown.press("1")
        shown.expects("^ *all +1 ")
        shown.press("d")
        shown.expects("seconds between looks")
        shown.types("0.3")
        shown.expects("every 0.3 s")
        shown.press("Space")
        shown.expects("paused$")
        shown.press("q")
        is_left(shown)


@check("one-worker", sanitizer=True)
def top_fits_any_window(lab):
    with screen(lab, lab.weir) as shown:
        start(shown, "-d", "0.5")
        for width, height, there in ((120, 40, "ENDED/s"), (60, 15, "SERVICE"), (200, 60, "HANDOFF"),
                                     (39, 12, "too small: 39x12"), (40, 10, "WORKER"),
                                     (80, 24, "CYC/PKT")):
            shown.resize(width, height)
            shown.expects(there)
            if width >= 40:
                wait_for(lambda: len(shown.lines()) == height and "q quit" in shown.lines()[-1], 30,
                         f"keys in the last line of {width}x{height}")
        shown.press("q")
        is_left(shown)


@check("one-worker", sanitizer=True)
def top_restores_the_terminal_when_a_signal_ends_it(lab):
    with screen(lab, lab.weir) as shown:
        start(shown)
        shown.press("C-c")
        is_left(shown)
        start(shown)
        shell = int(pathlib.Path(lab.directory, "shell.pid").read_text())
        children = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        expect(len(children) == 1, f"children of the shell: {children}")
        os.kill(int(children[0]), signal.SIGTERM)
        is_left(shown)


@check("one-worker")
def top_has_colours_only_where_they_are_wanted(lab):
    colour = re.compile(r"\x1b\[(?:\d+;)*3[0-7][;m]")
    with screen(lab, lab.weir) as shown:
        start(shown)
        expect(colour.search(shown.attributes()), "no colours")
        shown.press("q")
        is_left(shown)
        start(shown, "--color=never")
        expect(not colour.search(shown.attributes()), "colours in spite of --color=never")
        shown.press("q")
        is_left(shown)
        shown.types("export NO_COLOR=1 LC_ALL=C")
        start(shown)
        expect(not colour.search(shown.attributes()), "colours in spite of NO_COLOR")
        expect(shown.text().isascii(), f"not ASCII in the C locale:\n{shown.text()}")
        shown.press("q")
        is_left(shown)


@check("one-worker")
def top_needs_a_terminal_that_it_knows(lab):
    done = lab.weir.ctl("top", check=False)
    expect(done.returncode == 2 and "top needs a terminal" in done.stderr, done.stderr)
    looks = lab.weir.ctl("top", "-b", "-n", "2", "-d", "0.1").stdout
    expect(looks.count("  ready  up") == 2 and "SERVICE" in looks, looks[:300])
    with screen(lab, lab.weir) as shown:
        shown.types("clear; TERM=nonsense top")
        shown.expects("the terminal of TERM is unknown")
        is_left(shown, 2)


@check("command-line", sanitizer=True)
def top_waits_for_a_daemon_that_is_gone(lab):
    lab.ns = lab.namespace()
    weir = lab.daemon(lab.ns, "weir", small_config())
    weir.wait_ready()
    with screen(lab, weir) as shown:
        start(shown, "-d", "0.2")
        weir.stop()
        shown.expects("not connected")
        shown.expects("trying again: weir is not running")
        again = lab.daemon(lab.ns, "weir", small_config())
        again.wait_ready()
        shown.expects("^weir .*  ready  ")
        expect("trying again" not in shown.text(), shown.text())
        shown.press("q")
        is_left(shown)
    again.stop()
