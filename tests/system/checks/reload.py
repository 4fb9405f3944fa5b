"""A daemon that goes over to another configuration, or finishes what it has, while it works."""
import collections
import errno
import pathlib
import re
import signal
import threading
import time

from checks.load import Link, end_of_load
from harness.lab import ECHO, FILES, HTTP, KERNEL4, WEIR4, Lab, small_config
from harness.net import expect, killed_afterwards, receive_exactly, wait_for
from harness.registry import check


def with_service(text, service, line):
    """One line more in a service's section."""
    return re.sub(rf"(\[service {service}\]\n)", rf"\1{line}\n", text)


@check("devices", sanitizer=True)
def reload_changes_services_under_load_and_loses_nothing(lab):
    """Each time the http service is another one, at the same place."""
    link = Link(lab)
    load = link.start_load("http", f"http://{WEIR4}:{FILES}/small.txt", "-c", 50, "-n", 20, "--time", "6s")
    with killed_afterwards(load):
        time.sleep(1)
        for i in range(8):
            line = f"header-timeout = {i + 3}s"
            pathlib.Path(link.weir.config).write_text(with_service(link.text, "files", line))
            reply = link.weir.json("reload")
            expect(reply["applied"] and len(reply["changes"]) == 1, f"{reply}")
            time.sleep(0.4)
        summary = end_of_load(lab, load, "http")
    answers, connections = summary["answers"], summary["connections"]
    expect(answers["count"] > 100, f"{answers}")
    expect(answers["wrong"] == answers["bad_status"] == answers["failed"] == 0, f"{answers}")
    expect(connections["refused"] == connections["lost"] == 0 and summary["lost"] == 0, f"{summary}")
    link.end()


@check("command-line", sanitizer=True)
def reload_names_what_needs_a_restart(lab):
    lab.ns = lab.namespace()
    text = small_config()
    weir = lab.daemon(lab.ns, "weir", text)
    weir.wait_ready()
    file = pathlib.Path(weir.config)
    expect("nothing differs" in weir.ctl("reload").stdout, "a difference to itself")
    file.write_text(text + "[tcp]\nmax-flows = 10\nmsl = 5s\n")
    refused = weir.ctl("reload", check=False)
    expect(refused.returncode == 1 and "max-flows" in refused.stdout + refused.stderr, f"{refused}")
    expect("msl = 5s" not in weir.ctl("config").stdout.replace("  ", ""), "a part of it was applied")
    file.write_text(text + "[tcp]\nmsl = fast\n")
    wrong = weir.ctl("reload", check=False)
    expect(wrong.returncode == 1 and "msl" in wrong.stdout + wrong.stderr, f"{wrong}")
    file.write_text(text + "[tcp]\nmsl = 5s\n")
    expect("1 change, nothing was done" in weir.ctl("reload", "--dry-run").stdout, "dry run")
    trial = weir.ctl("reload", "--confirm", "1s").stdout
    expect("weirctl confirm" in trial, trial)
    wait_for(lambda: "30s" in weir.ctl("config").stdout, 5 * lab.programs.patience, "the way back")
    weir.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "event=reload_done changes=1" in weir.log_text().split("nobody confirmed")[-1],
             5 * lab.programs.patience, "SIGHUP")
    weir.stop()


@check("one-worker", "two-workers", sanitizer=True)
def drain_finishes_what_is_open(lab):
    with lab.ns.connect(WEIR4, ECHO, timeout=5) as open_one:
        try:
            left = lab.weir.json("drain", "echo")
            expect(left["left"] >= 1, f"{left}")
            try:
                lab.ns.connect(WEIR4, ECHO, timeout=5).close()
                expect(False, "a new connection was accepted")
            except ConnectionRefusedError:
                pass
            why = lab.weir.ctl("why", KERNEL4).stdout
            expect("tcp_draining: a SYN to a service that drains" in why and "undrain" in why, why)
            fix = lab.weir.ctl("drops", "--explain", "tcp_draining").stdout
            expect("answered for this reason" in fix and "weirctl undrain" in fix, fix)
            lab.ns.connect(WEIR4, HTTP, timeout=5).close()  # another service serves
            open_one.sendall(b"still there?")
            expect(receive_exactly(open_one, 12) == b"still there?", "an open connection was hit")
            timer = threading.Timer(1, open_one.close)
            timer.start()
            waited = lab.weir.ctl("drain", "echo", "--wait", "20s", timeout=40, check=False)
            timer.join()
            expect(waited.returncode == 0 and "0 left" in waited.stdout, f"{waited}")
        finally:
            lab.weir.ctl("undrain")
    lab.ns.connect(WEIR4, ECHO, timeout=5).close()


_SECOND_PORT = """
[port p1]
device = net_memif1,role=server,id=1,socket={socket},socket-abstract=no
address = 198.19.0.2/24
dad = off
"""
# What a reload may change under connections that go on: a limit, a time, an address, a service.
_CHANGES = (("echo", "backlog = 2000"), ("files", "header-timeout = 7s"), ("files", "max-connections = 100K"))
_ADDITIONS = ("", "[port p1]\naddress = 198.19.0.3/24\n", "[service day]\nhandler = daytime\nlisten = :113/tcp\n")


def changed(text, turn):
    """Each turn's configuration differs from the one before."""
    service, line = _CHANGES[turn % len(_CHANGES)]
    return with_service(text, service, line) + _ADDITIONS[turn % len(_ADDITIONS)] + \
        f"[tcp]\nmsl = {10 + turn % 2}s\n"


def no_client_saw_it(name, out):
    summary = json.loads(out)
    answers, connections = summary["answers"], summary["connections"]
    faults = {key: answers[key] for key in ("wrong", "bad_status", "failed")}
    faults.update({key: connections[key] for key in ("refused", "lost")}, unanswered=summary["lost"])
    print(f"  {name}: {answers['count']} answers, {connections['opened']} connections, {faults}", flush=True)
    expect(answers["count"] > 100 and not any(faults.values()), f"{name}: {summary}")


@check("devices")
def a_reload_each_second_is_seen_by_nobody(lab):
    """A thousand connections that are busy, a stream of new ones, and each second another configuration."""
    far = Far(lab, lambda socket: _SECOND_PORT.format(socket=socket))
    seconds = lab.sizes.reloads + 3
    busy = far.load("echo", f"{WEIR4}:{ECHO}", "-c", "1000", "-r", "10K", seconds=seconds)
    stream = far.load("http", f"http://198.19.0.2:{FILES}/small.txt", "-c", "50", "-n", "1", "-r", "500",
                      seconds=seconds, port=1)
    time.sleep(2)
    for turn in range(lab.sizes.reloads):
        far.write(lambda text, turn=turn: changed(text, turn))
        reply = far.weir.json("reload")
        expect(reply["applied"] and reply["changes"], f"reload {turn}: {reply}")
        time.sleep(1)
    for name, load in (("busy", busy), ("new", stream)):
        out, _ = load.communicate(timeout=60 * lab.programs.patience)
        no_client_saw_it(name, out)
    far.weir.check_sums()
    far.weir.stop()


class Client(threading.Thread):
    """Asks for a page again and again, and counts what came of it."""

    def __init__(self, lab, keeps, end):
        super().__init__()
        self.lab, self.keeps, self.end = lab, keeps, end
        self.seen = collections.Counter()
        self.open = None

    def run(self):
        while not self.end.is_set():
            self.seen[self.ask()] += 1

    def ask(self):
        try:
            self.open = self.open or self.lab.ns.connect(WEIR4, FILES, timeout=5)
        except OSError as error:
            time.sleep(0.02)
            expected = error.errno in (errno.ECONNREFUSED, errno.EHOSTUNREACH) or isinstance(error, TimeoutError)
            return "no connection" if expected else type(error).__name__
        try:
            self.open.sendall(b"GET /small.txt HTTP/1.1\r\nHost: weir\r\n\r\n" if self.keeps else
                              b"GET /small.txt HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\n") and (part := self.open.recv(1)):
                answer += part
            length = re.search(rb"Content-Length: (\d+)", answer)
            body = receive_exactly(self.open, int(length[1])) if length else b""
            whole = bool(length) and len(body) == int(length[1])
        except OSError as error:
            self.leave()
            return type(error).__name__
        if not whole or b"Connection: close" in answer:
            self.leave()
        return "answered" if whole else f"{len(answer)} bytes and the end"

    def leave(self):
        self.open.close()
        self.open = None


@check("devices")
def a_restart_behind_a_drain_breaks_no_answer(lab):
    """As the unit does it. Who has a connection gets what it asked for; a new one is refused, or waits."""
    far = Lab(lab.programs, lab.sizes, "restart", device="net_af_packet0")
    end = threading.Event()
    clients = [Client(far, i % 2 == 0, end) for i in range(20)]
    try:
        far.sizes = type(lab.sizes)(file_megabytes=1)
        far.start()
        for client in clients:
            client.start()
        time.sleep(2)
        drained = far.weir.ctl("drain", "--wait", "10s", timeout=30, check=False)
        expect(drained.returncode == 0 and "0 left" in drained.stdout, f"{drained}")
        far.weir.stop()
        served = sum(client.seen["answered"] for client in clients)
        far.weir = far.daemon(far.namespaces[-1], "weir", far.config("net_af_packet0,iface=e0"))
        far.weir.wait_ready()
        wait_for(lambda: sum(client.seen["answered"] for client in clients) > 2 * served // 3 + served,
                 60 * lab.programs.patience, "the answers of the second daemon")
        end.set()
        for client in clients:
            client.join()
        seen = sum((client.seen for client in clients), collections.Counter())
        expect(seen["no connection"] > 0, "nobody noticed the drain")
        expect(set(seen) == {"answered", "no connection"}, f"{dict(seen)}")
        far.weir.check_sums()
        far.weir.stop()
    finally:
        end.set()
        far.close()
