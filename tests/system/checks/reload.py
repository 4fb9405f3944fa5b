"""A daemon that goes over to another configuration, or finishes what it has, while it works."""
import pathlib
import re
import signal
import threading
import time

from checks.load import Link, end_of_load
from harness.lab import ECHO, FILES, HTTP, KERNEL4, WEIR4, small_config
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


@check("command-line", sanitizer=True)
def a_service_that_gets_a_number_of_before_counts_from_zero(lab):
    lab.ns = lab.namespace()
    text = small_config("net_tap0,iface=weir0")
    weir = lab.daemon(lab.ns, "weir", text)
    weir.wait_ready()
    lab.ns.run("ip", "address", "add", f"{KERNEL4}/24", "dev", "weir0")
    lab.ns.run("ip", "link", "set", "weir0", "up")

    def visit(port, times):
        for _ in range(times):
            with lab.ns.connect(WEIR4, port) as peer:
                peer.sendall(b"hello")
                expect(receive_exactly(peer, 5) == b"hello", f"port {port}")

    def services():
        return {s["name"]: s for s in weir.json("status")["services"]}

    def go_to(*names_and_ports):
        sections = "".join(f"[service {name}]\nhandler = echo\nlisten = :{port}\n"
                           for name, port in names_and_ports)
        pathlib.Path(weir.config).write_text(text.split("[service echo]")[0] + sections)
        weir.ctl("reload")

    visit(ECHO, 5)
    number = services()["echo"]["number"]
    wait_for(lambda: services()["echo"]["ended"] == 5, 5 * lab.programs.patience, "the end of five")
    go_to(("between", ECHO))
    expect("echo" not in services(), f"{services()}")
    go_to(("between", ECHO), ("late", 9))
    late = services()["late"]
    expect(late["number"] == number and late["accepted"] == late["ended"] == 0, f"{late}")
    times = [h for h in weir.json("latency")["histograms"] if h.get("service") == "late"]
    expect(times and all(h["count"] == 0 for h in times), f"{times}")
    visit(9, 1)
    visit(ECHO, 2)
    expect(services()["late"]["accepted"] == 1 and services()["between"]["accepted"] == 2, f"{services()}")
    go_to(("echo", ECHO), ("late", 9))
    visit(ECHO, 1)
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
