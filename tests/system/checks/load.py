"""weir-load: every mode against Weir over memif, and against the kernel's servers over a tap."""
import json
import pathlib
import subprocess
import sys
import threading
import time

from harness.lab import (CHARGEN, DISCARD, ECHO, FILES, HOLD, KERNEL4, RESPOND, WEIR4, WEIR6, Lab)
from harness.net import expect, killed_afterwards
from harness.registry import check

LOAD4, LOAD6 = "198.18.0.9", "2001:db8::9"
PREFIXES = (f"{LOAD4}/24", f"{LOAD6}/64")


class Link:
    """A weir at one end of a memif, weir-load at the other by turns."""

    def __init__(self, lab):
        self.lab = lab
        if not lab.namespaces:
            lab.ns = lab.namespace()
        lab.make_files(1)
        self.socket = f"{lab.directory}/load.sock"
        self.device = f"net_memif0,role=client,socket={self.socket},socket-abstract=no"
        self.text = lab.config(self.device.replace("client", "server"))
        self.weir = lab.daemon(lab.ns, "far", self.text)
        self.weir.wait_ready()

    def load(self, mode, *targets_and_options, code=0):
        return run_load(self.lab, self.device, PREFIXES, mode, *targets_and_options, code=code)

    def start_load(self, mode, *targets_and_options):
        """The same in the background."""
        return start_load(self.lab, self.device, PREFIXES, mode, *targets_and_options)

    def end(self):
        self.weir.check_sums()
        self.weir.stop()


def start_load(lab, device, addresses, mode, *options):
    program = pathlib.Path(lab.programs.weir).with_name("weir-load")
    words = [program, mode, *options, "--device", device, "--json", "--hugepages", "no"]
    if "--cpus" not in options:
        words += ["--cpus", "0"]
    for address in addresses:
        words += ["--address", address]
    if "--time" not in options:
        words += ["--time", "1s"]
    return lab.ns.start(*words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        env=lab.programs.environment)


def run_load(lab, device, addresses, mode, *options, code=0):
    with killed_afterwards(start_load(lab, device, addresses, mode, *options)) as load:
        return end_of_load(lab, load, mode, code)


def end_of_load(lab, load, mode, code=0):
    """The summary of a weir-load that was started; of one that ends by more than 1, its last words."""
    out, err = load.communicate(timeout=60 * lab.programs.patience)
    expect(load.returncode == code, f"exit {load.returncode}: {out[-300:]} {err[-600:]}")
    for word in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
        expect(word not in err, err[-600:])
    if code > 1:
        return err
    summary = json.loads(out)
    expect(summary["schema"] == "weir.load.v1" and summary["mode"] == mode, out[:200])
    expect(summary["clean"] == (code == 0), "clean and the exit code disagree")
    return summary


def all_is_right(summary, connections):
    expect(summary["answers"]["count"] > 100, f"{summary['answers']}")
    expect(summary["connections"]["opened"] >= connections, f"{summary['connections']}")
    times = summary["answer_us"]
    expect(0 < times["p50"] <= times["p99"] <= times["p99.99"] <= times["max"], f"{times}")
    # What was counted at the end of the time and what closed afterwards.
    expect(summary["handshake_us"]["count"] >= connections, f"{summary['handshake_us']}")


@check("devices", sanitizer=True)
def load_modes_find_weir_right(lab):
    link = Link(lab)
    for address in (WEIR4, f"[{WEIR6}]"):
        all_is_right(link.load("echo", f"{address}:{ECHO}", "-c", 50, "-p", 4, "-s", 300), 50)
        all_is_right(link.load("echo", f"{address}:{ECHO}", "-c", 5, "-n", 3), 30)
        all_is_right(link.load("http", f"http://{address}:{FILES}/small.txt", "-c", 20), 20)
        all_is_right(link.load("respond", f"{address}:{RESPOND}", "-c", 10, "-n", 1, "--answer",
                               100), 100)
        udp = link.load("udp", f"{address}:{ECHO}", "-c", 20, "-s", 200)
        expect(udp["answers"]["count"] > 100 and udp["lost"] == udp["late"] == 0, f"{udp}")
        opened = link.load("connect", f"{address}:{HOLD}", "-c", 10)["connections"]
        expect(opened["opened"] > 100, f"{opened}")
        idle = link.load("idle", f"{address}:{HOLD}", "-c", 1000, "--ramp", "500ms")
        expect(idle["connections"]["open_at_end"] == 1000, f"{idle['connections']}")
        up = link.load("upload", f"{address}:{DISCARD}", "-c", 4)
        expect(up["text_out"] > 1 << 20 and up["answers"]["wrong"] == 0, f"{up['text_out']} bytes")
        down = link.load("download", f"{address}:{CHARGEN}", "-c", 4)
        expect(down["text_in"] > 1 << 20 and down["answers"]["wrong"] == 0,
               f"{down['text_in']} bytes")
    link.end()


@check("devices", sanitizer=True)
def load_keeps_its_rate(lab):
    """An open loop: as many as were wanted, of requests, connections and datagrams."""
    link = Link(lab)
    for mode, options in (("echo", ()), ("echo", ("-n", 2)), ("udp", ())):
        s = link.load(mode, f"{WEIR4}:{ECHO}", "-r", 500, "-c", 20, "--time", "2s", *options)
        wanted = 2000 if "-n" in options else 1000
        expect(wanted * 0.9 <= s["answers"]["count"] <= wanted * 1.01, f"{mode}: {s['answers']}")
    link.end()


@check("devices")
def load_comes_from_many_addresses(lab):
    """Sources behind the server's gateway, which weir-load is."""
    link = Link(lab)
    seen = set()
    def look():
        time.sleep(2)
        seen.update(flow["remote"].rsplit(":", 1)[0]
                    for flow in link.weir.json("flows", "--limit", 5000)["flows"])
    looker = threading.Thread(target=look)
    looker.start()
    summary = run_load(lab, link.device, (f"{KERNEL4}/24",), "idle", f"{WEIR4}:{HOLD}", "-c", 5000,
                       "--sources", "198.19.16.0/20", "--time", "4s")
    looker.join()
    expect(summary["connections"]["open_at_end"] == 5000, f"{summary['connections']}")
    expect(len(seen) > 3500, f"connections came from {len(seen)} addresses")
    flood = run_load(lab, link.device, (f"{KERNEL4}/24",), "syn-flood", f"{WEIR4}:{ECHO}", "--sources",
                     "198.19.0.0/16", "-r", 5000)
    expect(4000 < flood["sent"] <= 5100, f"{flood['sent']} SYNs")
    expect(link.weir.total("received") > 4000, "the flood did not arrive")
    link.end()


@check("devices", sanitizer=True)
def load_takes_targets_by_turns(lab):
    link = Link(lab)
    before = {s["name"]: s["accepted"] for s in link.weir.json("services")["services"]}
    link.load("connect", f"{WEIR4}:{HOLD}", f"{WEIR4}:{ECHO}", f"{WEIR4}:{DISCARD}", "-c", 3)
    after = {s["name"]: s["accepted"] for s in link.weir.json("services")["services"]}
    opened = [after[name] - before[name] for name in ("hold", "echo", "discard")]
    expect(min(opened) > 0 and max(opened) - min(opened) <= 3, f"opened {opened}")
    link.end()


@check("devices", sanitizer=True)
def load_sees_what_is_wrong(lab):
    link = Link(lab)
    # A pattern where an echo has to be; a page that is not there; nobody who listens.
    wrong = link.load("echo", f"{WEIR4}:{CHARGEN}", "-c", 2, code=1)
    expect(wrong["answers"]["wrong"] > 0, f"{wrong['answers']}")
    absent = link.load("http", f"http://{WEIR4}:{FILES}/absent", "-c", 2, code=1)
    expect(absent["answers"]["bad_status"] > 0 and absent["answers"]["wrong"] == 0,
           f"{absent['answers']}")
    closed = link.load("connect", f"{WEIR4}:4", "-c", 2, code=1)
    expect(closed["connections"]["refused"] > 0 and closed["connections"]["opened"] == 0,
           f"{closed['connections']}")
    lost = link.load("udp", f"{WEIR4}:{DISCARD}", "-c", 5, "--timeout", "100ms", code=1)
    expect(lost["lost"] > 0 and lost["answers"]["count"] == 0, f"{lost['lost']} lost")
    nobody = link.load("connect", "198.18.0.77:80", code=69)
    expect("198.18.0.77 does not say where it is (ARP)" in nobody, nobody)
    no_way = link.load("connect", "192.0.2.1:80", code=69)
    expect("no way to 192.0.2.1" in no_way, no_way)
    link.end()


@check("devices")
def load_finds_the_kernel_right(lab):
    """A tap, with the kernel's servers at its other end: echo, and files over HTTP."""
    kernel = Lab(lab.programs, lab.sizes, "kernel")
    servers = None
    try:
        kernel.make_files(1)
        kernel.ns = kernel.namespace("-kernel")
        here = pathlib.Path(__file__).resolve().parent.parent
        servers = kernel.ns.start(sys.executable, here / "linux_services.py", kernel.www,
                                  stdin=subprocess.DEVNULL)
        script = ("while ! ip link show load0 >/dev/null 2>&1; do sleep 0.05; done; "
                  f"ip addr add {KERNEL4}/24 dev load0; ip link set load0 up")
        echo, page = f"{KERNEL4}:{ECHO}", f"http://{KERNEL4}:{FILES}/small.txt"
        # Two workers, of which one may have no connection. Python's server closes after each answer.
        for mode, target, options in (("echo", echo, ("-c", 8)), ("http", page, ("-c", 8)),
                                      ("echo", echo, ("-c", 1, "--cpus", "0,1")),
                                      ("echo", echo, ("-c", 9, "--cpus", "0,1", "-r", 300,
                                                      "--ramp", "200ms"))):
            given = kernel.ns.start("timeout", "20", "sh", "-c", script, stdin=subprocess.DEVNULL)
            s = run_load(kernel, "net_tap0,iface=load0", (f"{LOAD4}/24",), mode, target, "--time",
                         "3s", *options)
            given.wait(20)
            expect(s["answers"]["count"] > 100, f"{s['answers']}")
    finally:
        if servers is not None:
            servers.kill()
            servers.wait()
        kernel.close()
