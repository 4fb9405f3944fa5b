"""The doctor asks a running Weir: what it says of one that is well, and what it finds."""
import json
import os
import struct
import subprocess

from harness.lab import KERNEL4, KERNEL6, WEIR4, WEIR6
from harness.net import expect, killed_afterwards, wait_for
from harness.registry import check

STRANGER = "198.18.0.77"
# Has as much of the CPU as it can get, and says when it has begun.
SPIN = "import os,sys; os.sched_setaffinity(0, {int(sys.argv[1])}); print(flush=True)\nwhile True: pass"


def ask(daemon, *words):
    """{id: [checks of that id]} and the exit code."""
    done = daemon.ctl("--json", "doctor", "--live", *words, check=False, timeout=60)
    expect(done.returncode in (0, 1), f"{done}")
    reply = json.loads(done.stdout)
    expect(reply["schema"] == "weir.doctor.v1", f"{reply}")
    found = {}
    for each in reply["checks"]:
        found.setdefault(each["id"], []).append(each)
    expect(list(found) == ["NIC10", "NIC11", "CPU04", "NET01", "NET02", "NET03"], f"{list(found)}")
    return found, done.returncode


@check("one-worker", "two-workers", "af-packet", "vlan", sanitizer=True)
def a_running_weir_that_is_well(lab):
    found, code = ask(lab.weir)
    expect(code == 0, f"{found}")
    expect([each["state"] for each in found["NET01"][:2]] == ["ok", "ok"], f"{found['NET01']}")
    answers = " ".join(each["what"] for each in found["NET01"])
    expect(f"{KERNEL4} answers" in answers and f"{KERNEL6} answers" in answers, answers)
    expect(found["NIC10"][0]["state"] == "ok", f"{found['NIC10']}")
    expect(found["NIC11"][0]["state"] == "skip", f"no virtual function: {found['NIC11']}")
    text = lab.weir.ctl("doctor", "--live", "--explain", "net01", timeout=60).stdout
    expect(text.startswith("NET01  the gateway answers\n") and " ok   NET01 " in text, text)


@check("one-worker")
def a_task_on_a_workers_cpu_is_named(lab):
    """Whether the worker wanted to run just then or not: the CPU is its own."""
    cpu = lab.weir.workers()[0]["cpu"]
    with killed_afterwards(lab.ns.start("python3", "-c", SPIN, str(cpu), stdout=subprocess.PIPE)) as spin:
        spin.stdout.readline()
        found, code = ask(lab.weir)
    finding = found["CPU04"][0]
    expect(code == 0 and finding["state"] == "warn", f"{finding}")
    expect(f"pid {spin.pid} (python3)" in finding["what"], f"{finding['what']}")
    others = os.sched_getaffinity(0) - {cpu}
    expect(not others or f" {spin.pid}" in finding["fix"]["command"], f"{finding['fix']}")


def tagged(lab, vlan):
    """A ping to Weir in a VLAN that its port does not have."""
    to, mine = bytes.fromhex(lab.weir_mac().replace(":", "")), lab.ns.mac_of(lab.interface)
    return to + mine + struct.pack("!HHH", 0x8100, vlan, 0x0800) + bytes(46)


@check("one-worker")
def frames_that_are_not_for_weir_are_told_of(lab):
    frame = tagged(lab, 30)
    before = lab.weir.dropped().get("eth_vlan_unknown", 0)
    with lab.ns.raw(lab.interface) as wire:
        for _ in range(5):
            wire.send(frame)
    wait_for(lambda: lab.weir.dropped().get("eth_vlan_unknown", 0) >= before + 5, 5, "no drops")
    finding = ask(lab.weir)[0]["NET02"][0]
    expect(finding["state"] == "warn" and "VLAN 30" in finding["what"], f"{finding}")
    expect("[port p0] vlan = 30" in finding["fix"]["advice"], f"{finding['fix']}")


@check("devices")
def a_gateway_that_is_not_there(lab):
    lab.ns = lab.namespace()
    config = lab.config("net_tap0,iface=weir0").replace(f"gateway = {KERNEL4}",
                                                        f"gateway = {STRANGER}")
    weir = lab.daemon(lab.ns, "lonely", config)
    weir.wait_ready()
    lab.ns.give_addresses("weir0", f"{KERNEL4}/24", f"{KERNEL6}/64")
    lab.wait_for_ping(WEIR4)
    lab.wait_for_ping(WEIR6)
    found, code = ask(weir)
    expect(code == 1, "a gateway that does not answer is a failure")
    silent, answers = found["NET01"][:2]
    expect(silent["state"] == "FAIL" and f"gateway {STRANGER} has not answered 2" in silent["what"],
           f"{silent}")
    expect(f"weirctl arping {STRANGER}" in silent["fix"]["advice"], f"{silent['fix']}")
    expect(answers["state"] == "ok", f"{answers}")
    lab.ns.run("ip", "link", "set", "weir0", "down")
    wait_for(lambda: not weir.json("ports")["ports"][0]["link"]["up"], 10, "the link stays up")
    down = ask(weir)[0]["NIC10"][0]
    expect(down["state"] == "FAIL" and "no link" in down["what"], f"{down}")
    expect(down["fix"]["command"] == "ip link set weir0 up", f"{down['fix']}")
    weir.stop()
    gone = weir.ctl("doctor", "--live", check=False)
    expect(gone.returncode == 3 and "weir is not running" in gone.stderr, f"{gone}")
