"""weirctl against a daemon that works: what ends, follows, packs and talks."""
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tarfile
import time

from harness.lab import ECHO, HOLD, WEIR4, WEIR6
from harness.net import die_with_parent, expect, killed_afterwards, receive_exactly, wait_for
from harness.registry import check


def was_reset(s):
    try:
        s.recv(1)
    except ConnectionResetError:
        return True
    return False


@check("one-worker", "two-workers", sanitizer=True)
def flows_kill_resets_the_selected_and_no_other(lab):
    killed_before = lab.weir.json("stats")["mib"]["TcpKilled"]
    for address in (WEIR4, WEIR6):
        with lab.ns.connect(address, HOLD, timeout=5) as victim, \
                lab.ns.connect(address, ECHO, timeout=5) as other:
            port = victim.getsockname()[1]
            wait_for(lambda: lab.weir.json("flows", "sport", f":{port}")["flows"], 5, "the flow")
            killed = lab.weir.json("flows", "kill", "sport", f":{port}")
            expect(killed["killed"] == 1 and killed["complete"], f"{killed}")
            expect(was_reset(victim), f"{address}: no reset")
            expect(not lab.weir.json("flows", "sport", f":{port}")["flows"], "the flow is there")
            other.sendall(b"alive?")
            expect(receive_exactly(other, 6) == b"alive?", "another connection was hit")
    counted = lab.weir.json("stats")["mib"]["TcpKilled"] - killed_before
    expect(counted == 2, f"TcpKilled grew by {counted}")
    refused = lab.weir.ctl("flows", "kill", check=False)
    expect(refused.returncode == 2, f"without a filter: exit {refused.returncode}")


@check("one-worker")
def flows_kill_ends_a_thousand(lab):
    """More than a slice of the table and than one round's room to send."""
    crowd = [lab.ns.connect(WEIR4, HOLD, timeout=10) for _ in range(1000)]
    try:
        hold = ("flows", "service", "hold", "state", "established")
        wait_for(lambda: lab.weir.json(*hold)["matched"] >= 1000, 10, "1000 flows")
        killed = lab.weir.json("flows", "kill", *hold[1:])
        expect(killed["killed"] >= 1000, f"{killed}")
        for s in crowd:
            expect(was_reset(s), "no reset")
    finally:
        for s in crowd:
            s.close()


@check("one-worker", "two-workers", sanitizer=True)
def stats_rate_counts_what_happens_meanwhile(lab):
    def echoes():
        return lab.weir.json("stats")["mib"]["IcmpInEchos"]

    with killed_afterwards(lab.ns.start("ping", "-q", "-i", "0.01", WEIR4, stdout=subprocess.DEVNULL)):
        before = echoes()
        wait_for(lambda: echoes() > before, 10, "pings")
        rates = lab.weir.json("stats", "icmp", "--rate", "1")
        most = echoes() - before
    expect(rates["schema"] == "weir.stats_rate.v1" and rates["seconds"] >= 0.9, f"{rates}")
    # By the second, and so many seconds: a whole number again, of those that came in all.
    counted = rates["mib"]["IcmpInEchos"] * rates["seconds"]
    expect(1 <= counted <= most and abs(counted - round(counted)) < 0.01,
           f"{counted} of {most} pings in {rates['seconds']} s")


@check("one-worker", sanitizer=True)
def log_follows_and_its_level_changes(lab):
    def next_line():
        ready, _, _ = select.select([follower.stdout], [], [], 10 * lab.programs.patience)
        expect(ready, "log -f is silent")
        return json.loads(follower.stdout.readline())

    before = lab.weir.json("log", "--lines", "0")["level"]
    follower = subprocess.Popen(
        [lab.programs.weirctl, "-S", lab.weir.socket, "-j", "log", "-f", "--lines", "1"],
        stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    with killed_afterwards(follower):
        last = next_line()["number"]  # what was there: the follower has begun
        try:
            changed = lab.weir.json("log", "--level", "eal=debug")["level"]
            expect(changed.endswith("eal=debug"), f"level {changed}")
            line = next_line()
            expect(line["number"] == last + 1 and line["event"] == "log_level" and
                   "eal=debug" in line["fields"]["now"], f"{line}")
            expect("eal=debug" in lab.weir.log_text(), "it is not in the log itself")
        finally:
            lab.weir.ctl("log", "--level", before)
        expect(lab.weir.json("log", "--lines", "0")["level"] == before, "the level stays")


@check("one-worker", sanitizer=True)
def support_packs_every_table(lab):
    path = pathlib.Path(lab.directory, "support.tar.gz")
    lab.weir.ctl("support", "-o", path, timeout=60 * lab.programs.patience)
    with tarfile.open(path) as tar:
        files = {pathlib.Path(m.name).name: tar.extractfile(m).read().decode()
                 for m in tar.getmembers() if m.isfile()}
    for name in ("status", "flows", "drops", "memory", "log", "config", "ports"):
        expect(json.loads(files[f"{name}.json"])["schema"] == f"weir.{name}.v1", f"{name}.json")
        expect(files[f"{name}.txt"].strip(), f"{name}.txt is empty")
    expect("ready" in files["status.txt"], files["status.txt"][:200])
    expect("MemTotal" in files["meminfo.txt"], "no meminfo.txt")


@check("one-worker", sanitizer=True)
def config_diff_names_what_the_command_line_overrode(lab):
    done = lab.weir.ctl("config", "diff", check=False)
    expect(done.returncode == 1, f"exit {done.returncode}: {done.stderr}")
    expect("[control] socket" in done.stdout and "--set" in done.stdout, done.stdout[:300])
    done = lab.weir.ctl("config", "check", lab.weir.config)
    expect(done.stdout == "ok\n", done.stdout[:200])


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, environment)
        self.seen = ""

    def expects(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            expect(ready, f"{pattern!r} does not come; seen: {self.seen[-300:]!r}")
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:  # the other side is closed
                expect(re.search(pattern, self.seen), f"ended before {pattern!r}: {self.seen[-300:]!r}")
        self.seen = self.seen[re.search(pattern, self.seen).end():]

    def types(self, text):
        os.write(self.fd, text.encode())

    def ends(self, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    os.read(self.fd, 4096)
                except OSError:
                    time.sleep(0.05)
        return None

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@check("one-worker", sanitizer=True)
def shell_edits_completes_and_remembers(lab):
    state = pathlib.Path(lab.directory, "state")
    environment = dict(lab.programs.environment, TERM="xterm", XDG_STATE_HOME=str(state),
                       NO_COLOR="1", PAGER="cat")
    environment.pop("WEIR_SOCKET", None)
    terminal = Terminal([lab.programs.weirctl, "-S", lab.weir.socket, "shell"], environment)
    try:
        terminal.expects("weir> ")
        terminal.types("versi\t\r")  # TAB
        terminal.expects(r"DPDK \d+")
        terminal.expects("weir> ")
        terminal.types("flows ?")  # what may follow
        terminal.expects("--sort +the largest first")
        terminal.types("\x03")  # Ctrl-C empties the line
        terminal.types("ports p\t\r")  # a name that the daemon knows
        terminal.expects("net_tap")
        terminal.expects("weir> ")
        terminal.types("watch -W 0.1 neigh\r")
        terminal.expects("every 0.1 s")
        terminal.types("\x03")  # ends the command, not the shell
        terminal.expects("weir> ")
        terminal.types("\x1b[A")  # the line before
        terminal.expects("watch -W 0.1 neigh")
        terminal.types("\x03")
        terminal.types("exit\r")
        expect(terminal.ends(10 * lab.programs.patience) == 0, "exit does not end it")
    finally:
        terminal.close()
    history = (state / "weir" / "history").read_text()
    expect("version" in history and "exit" in history, f"history: {history!r}")


@check("one-worker", sanitizer=True)
def watch_repeats_and_pipes_have_no_colour(lab):
    out = lab.weir.ctl("watch", "-c", "3", "-W", "0.1", "drops", "--all").stdout
    expect(out.count("PER SECOND") == 3, f"{out.count('PER SECOND')} times")
    expect("\x1b" not in out, "escapes in a pipe")
    expect("\x1b[1m" in lab.weir.ctl("--color=always", "drops", "--all").stdout, "--color=always")
