"""weir doctor on the machine that the tests run on: what it says of a port that is sound and of one
that is not, as text, as JSON and as a script."""
import json
import pathlib
import re
import subprocess

from harness.lab import machine_with_huge_pages, small_config
from harness.net import expect, run
from harness.registry import check


def config_for(lab, device):
    return small_config(device, more=f"[control]\nsocket = {lab.directory}/doctor.sock\n")


def doctor(lab, *words, device="net_tap0,iface=weir0", machine=()):
    """Runs `weir doctor` in a namespace of its own; takes and makes nothing there."""
    if not lab.namespaces:
        lab.ns = lab.namespace()
    path = pathlib.Path(lab.directory, "doctor.conf")
    path.write_text(config_for(lab, device))
    return run(lab.ns.command(*machine, lab.programs.weir, "doctor", "-c", path, *words), check=False,
               timeout=20 * lab.programs.patience, env=lab.programs.environment)


def by_id(done):
    reply = json.loads(done.stdout)
    expect(reply["schema"] == "weir.doctor.v1", f"schema {reply.get('schema')}")
    found = {}
    for one in reply["checks"]:
        found.setdefault(one["id"], []).append(one)
    return reply, found


@check("command-line", sanitizer=True)
def the_doctor_finds_a_tap_well(lab):
    done = doctor(lab)
    expect(done.returncode == 0, f"exit {done.returncode}: {done.stdout}{done.stderr}")
    expect(" ok   RUN02   port p0: net_tap0 can start" in done.stdout, done.stdout)
    expect(done.stdout.splitlines()[-1].startswith("0 failures, "), done.stdout)
    expect(not lab.ns.has_link("weir0"), "the doctor has made an interface")
    expect(not pathlib.Path(lab.directory, "doctor.sock").exists(), "the doctor has made a socket")


@check("command-line", sanitizer=True)
def the_doctor_names_what_fails_and_its_fix(lab):
    done = doctor(lab, device="0000:ff:1f.7")
    expect(done.returncode == 1, f"exit {done.returncode}")
    lines = done.stdout.splitlines()
    at = [i for i, line in enumerate(lines) if line.startswith(" FAIL NIC01 ")]
    expect(len(at) == 1 and lines[at[0] + 1].strip().startswith("fix: "), done.stdout)
    expect("'weir doctor --explain NIC01' for more" in lines[-1], lines[-1])


@check("command-line", sanitizer=True)
def the_doctor_speaks_json(lab):
    reply, found = by_id(doctor(lab, "--json"))
    expect(reply["failures"] == 0, f"{reply['failures']} failures")
    expect(found["RUN02"][0]["state"] == "ok" and found["HP01"][0]["state"] == "skip", str(found))
    expect(len(found) == 41, f"{len(found)} checks")
    _, found = by_id(doctor(lab, "--json", device="net_af_packet0,iface=nosuch0"))
    wrong = found["RUN02"][0]
    expect(wrong["state"] == "FAIL" and "nosuch0" in wrong["what"] and wrong["fix"]["advice"],
           str(wrong))


@check("command-line", sanitizer=True)
def the_doctors_script_is_one(lab):
    wanted = ("--set", "memory.hugepages=required")
    without, with_some = machine_with_huge_pages(lab, 0), machine_with_huge_pages(lab, 10_000)
    for machine, state, line in ((without, "FAIL", True), (with_some, "ok", False)):
        _, found = by_id(doctor(lab, "--json", *wanted, machine=machine))
        expect(found["HP01"][0]["state"] == state, str(found["HP01"]))
        done = doctor(lab, "--fix-script", *wanted, machine=machine)
        expect(done.stdout.startswith("#!/bin/sh\n"), done.stdout[:80])
        expect(bool(re.search(r"^echo \d+ > \S+/nr_hugepages$", done.stdout, re.M)) == line, done.stdout)
        script = pathlib.Path(lab.directory, "fix.sh")
        script.write_text(done.stdout)
        run(["sh", "-n", str(script)])


@check("command-line", sanitizer=True)
def the_doctor_sees_the_daemon_that_runs(lab):
    lab.ns = lab.namespace()
    daemon = lab.daemon(lab.ns, "doctor", config_for(lab, "net_null0"))
    daemon.wait_ready()
    _, found = by_id(doctor(lab, "--json"))
    expect(found["RUN01"][0]["state"] == "FAIL" and str(daemon.pid) in found["RUN01"][0]["what"],
           str(found["RUN01"]))
    daemon.stop()
    _, found = by_id(doctor(lab, "--json"))
    expect(found["RUN01"][0]["state"] == "ok", str(found["RUN01"]))


@check("command-line", sanitizer=True)
def the_doctors_command_line(lab):
    programs = lab.programs
    for words, code, about in ((("--explain", "NET04"), 0, "tcpdump"),
                               (("--explain", "NO99"), 2, "NIC03"),
                               (("--frobnicate",), 2, "frobnicate"),
                               (("--json", "--fix-script"), 2, "exclude"),
                               (("-h",), 0, "--fix-script"),
                               (("-c", f"{lab.directory}/nowhere.conf"), 78, "nowhere.conf")):
        done = run([programs.weir, "doctor", *words], check=False, env=programs.environment)
        expect(done.returncode == code and about in done.stdout + done.stderr,
               f"{words}: {done.returncode} {done.stdout}{done.stderr}")


@check("command-line", sanitizer=True)
def weirctl_asks_the_same_doctor(lab):
    file = pathlib.Path(lab.directory, "ctl-doctor.conf")
    file.write_text(config_for(lab, "0000:ff:1f.7"))
    done = subprocess.run([lab.programs.weirctl, "doctor", "-c", file], capture_output=True, text=True,
                          env=lab.programs.environment)
    expect(done.returncode == 1 and " FAIL NIC01 " in done.stdout, f"{done.returncode}: {done.stdout}")
    explained = subprocess.run([lab.programs.weirctl, "doctor", "--explain", "NIC01"], capture_output=True,
                               text=True, env=lab.programs.environment)
    expect("NIC01" in explained.stdout, explained.stdout + explained.stderr)
    file.write_text("[nonsense]\n")
    wrong = subprocess.run([lab.programs.weirctl, "doctor", "-c", file], capture_output=True, text=True,
                           env=lab.programs.environment)
    expect(wrong.returncode == 1 and "nonsense" in wrong.stderr, f"{wrong.returncode}: {wrong.stderr}")
