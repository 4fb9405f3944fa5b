"""What clients see while the daemon behind them is changed or replaced: a refusal at most, never a broken answer."""
import collections
import errno
import pathlib
import re
import signal
import threading
import time

from checks.load import LOAD4, end_of_load, start_load
from harness.lab import ECHO, FILES, WEIR4, Lab
from harness.net import expect, killed_afterwards, receive_exactly, wait_for
from harness.registry import check

_SECOND_PORT = """
[port p1]
device = net_memif1,{link},role=server,id=1
address = 198.19.0.2/24
dad = off
"""
# What a reload may change under connections that go on: a limit, a time, an address, a service.
_CHANGES = (("echo", "backlog = 2000"), ("files", "header-timeout = 7s"), ("files", "max-connections = 100K"))
_ADDITIONS = ("", "[port p1]\naddress = 198.19.0.3/24\n", "[service day]\nhandler = daytime\nlisten = :113/tcp\n")


def changed(text, turn):
    """Each turn's configuration differs from the one before."""
    service, line = _CHANGES[turn % len(_CHANGES)]
    text = text.replace(f"[service {service}]\n", f"[service {service}]\n{line}\n")
    return text + _ADDITIONS[turn % len(_ADDITIONS)] + f"[tcp]\nmsl = {10 + turn % 2}s\n"


def no_client_saw_it(name, summary):
    answers, connections = summary["answers"], summary["connections"]
    faults = {key: answers[key] for key in ("wrong", "bad_status", "failed")}
    faults.update({key: connections[key] for key in ("refused", "unanswered", "lost")}, left=summary["lost"])
    print(f"  {name}: {answers['count']} answers, {connections['opened']} connections, {faults}", flush=True)
    expect(answers["count"] > 100 and not any(faults.values()), f"{name}: {summary}")


@check("devices")
def a_reload_each_second_is_seen_by_nobody(lab):
    """A thousand connections that are busy, a stream of new ones, and each second another configuration."""
    lab.ns = lab.namespace()
    lab.make_files(1)
    link = f"socket={lab.directory}/reload.sock,socket-abstract=no"
    text = lab.config(f"net_memif0,{link},role=server") + _SECOND_PORT.format(link=link)
    weir = lab.daemon(lab.ns, "far", text)
    weir.wait_ready()
    # A bound that is far away: they end when they are told to, behind the last reload.
    seconds = ("--time", f"{60 + 20 * lab.sizes.reloads}s")
    busy = start_load(lab, f"net_memif0,{link},role=client,id=0", (f"{LOAD4}/24",), "echo", f"{WEIR4}:{ECHO}", "-c",
                      1000, "-r", "10K", *seconds)
    stream = start_load(lab, f"net_memif0,{link},role=client,id=1", ("198.19.0.1/24",), "http",
                        f"http://198.19.0.2:{FILES}/small.txt", "-c", 50, "-n", 1, "-r", 500, *seconds)
    with killed_afterwards(busy), killed_afterwards(stream):
        time.sleep(2)
        for turn in range(lab.sizes.reloads):
            pathlib.Path(weir.config).write_text(changed(text, turn))
            reply = weir.json("reload")
            expect(reply["applied"] and reply["changes"], f"reload {turn}: {reply}")
            time.sleep(1)
        for load in (busy, stream):
            expect(load.poll() is None, "a load ended before the last reload")
            load.send_signal(signal.SIGTERM)
        no_client_saw_it("busy", end_of_load(lab, busy, "echo"))
        no_client_saw_it("new", end_of_load(lab, stream, "http"))
    weir.check_sums()
    weir.stop()


class Client(threading.Thread):
    """Asks for a page again and again, and counts what came of it. Its patience ends far behind all that a slow machine or
    a SYN that is sent again may take."""

    patience = 30

    def __init__(self, lab, keeps, end):
        super().__init__()
        self.lab, self.keeps, self.end = lab, keeps, end
        self.seen = collections.Counter()
        self.open = None

    def run(self):
        while not self.end.is_set():
            self.seen[self.ask()] += 1
        if self.open:
            self.leave()

    def ask(self):
        try:
            self.open = self.open or self.lab.ns.connect(WEIR4, FILES, timeout=self.patience)
        except OSError as error:
            time.sleep(0.02)
            names = {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "unreachable"}
            return names.get(error.errno, f"{type(error).__name__} in connect")
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
    """As the unit does it. Who has a connection gets what it asked for; a new one is refused while there is a daemon, and
    waits for the next one when there is none."""
    far = Lab(lab.programs, lab.sizes, "restart", device="net_af_packet0")
    end = threading.Event()
    clients = [Client(far, i % 2 == 0, end) for i in range(20)]
    try:
        far.sizes = type(lab.sizes)(file_megabytes=1)
        far.start()
        # So few that clients come back from ports whose last connection Weir has in TIME-WAIT.
        far.ns.sysctl("net.ipv4.ip_local_port_range", "20000 20499")
        for client in clients:
            client.start()
        time.sleep(2)
        drained = far.weir.ctl("drain", "--wait", "10s", timeout=30, check=False)
        expect(drained.returncode == 0 and "0 left" in drained.stdout, f"{drained}")
        before = [client.seen["refused"] for client in clients]
        wait_for(lambda: all(client.seen["refused"] > n + 10 for client, n in zip(clients, before)), Client.patience,
                 "each client to be refused again and again")
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
        expect(set(seen) <= {"answered", "refused", "unreachable"}, f"{dict(seen)}")
        far.weir.check_sums()
        far.weir.stop()
    finally:
        end.set()
        for client in clients:
            if client.is_alive():
                client.join()
        far.close()
