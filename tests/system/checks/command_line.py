"""Exit codes and messages: what an operator sees when something is wrong."""
import pathlib
import re

from harness.lab import machine_with_huge_pages, small_config
from harness.net import expect, run, wait_for
from harness.registry import check


def refused(lab, code, *options, device="net_null0", machine=()):
    """Runs weir, which must end by itself with one of these codes and one sentence."""
    if not lab.namespaces:
        lab.ns = lab.namespace()
    path = pathlib.Path(lab.directory, "wrong.conf")
    path.write_text(small_config(device))
    done = run(lab.ns.command(*machine, lab.programs.weir, "-c", path, "--set",
                              f"control.socket={lab.directory}/wrong.sock", *options),
               timeout=30 * lab.programs.patience, check=False, env=lab.programs.environment)
    codes = code if isinstance(code, tuple) else (code,)
    words = (done.stderr or done.stdout).strip()
    expect(done.returncode in codes, f"exit {done.returncode}, not {codes}: {words[-300:]}")
    return words


def complaints(words):
    """The lines that are no mere information."""
    return [line for line in words.splitlines()
            if line.strip() and not re.search(r"^(<[567]>|\S+ (info|debug|notice)\b)", line)]


def one_finding(words, identity, *about):
    """What the doctor found before DPDK was started: what, why and the line to type, and no more."""
    lines = complaints(words)
    expect(len(lines) == 4 and lines[0] == "weir: cannot start:",
           f"not one finding: {' | '.join(lines[:6])}")
    expect(lines[1].startswith(f" FAIL {identity} "), f"not {identity}: {lines[1]}")
    expect(lines[2].strip().startswith("why: ") and lines[3].strip().startswith("fix: "),
           f"no why or no fix: {lines[2:]}")
    for word in about:
        expect(word in lines[1] + lines[3], f"the finding does not name {word}: {lines[1:]}")


@check("command-line", sanitizer=True)
def version_and_help(lab):
    for option, word in (("-V", "weir"), ("-h", "--set")):
        out = run([lab.programs.weir, option], env=lab.programs.environment).stdout
        expect(word in out, f"weir {option}: {out[:200]!r}")
    out = run([lab.programs.weirctl, "--help"], env=lab.programs.environment).stdout
    expect("flows" in out, f"weirctl --help: {out[:200]!r}")


@check("command-line", sanitizer=True)
def an_unknown_option_exits_with_2(lab):
    done = run([lab.programs.weir, "--frobnicate"], check=False, env=lab.programs.environment)
    expect(done.returncode == 2 and "frobnicate" in done.stderr, f"{done.returncode} {done.stderr}")


@check("command-line", sanitizer=True)
def a_wrong_configuration_names_every_line(lab):
    path = pathlib.Path(lab.directory, "bad.conf")
    path.write_text("[port p0]\ndevice = net_null0\naddress = 198.18.0.2\n"
                    "[service web]\nhandler = htpp\nlisen = :80/tcp\n"
                    "[workers]\ncpus = -1\n[tcp]\nmsl = often\n")
    done = run([lab.programs.weir, "-t", "-c", str(path)], check=False,
               env=lab.programs.environment)
    expect(done.returncode == 78, f"exit {done.returncode}")
    words = done.stderr + done.stdout
    for line in (3, 5, 6, 8, 10):
        expect(re.search(rf"bad\.conf:{line}: error: ", words),
               f"line {line} is not named: {words}")
    expect("listen" in words, f"no 'did you mean listen': {words}")


@check("command-line", sanitizer=True)
def a_good_configuration_is_ok(lab):
    path = pathlib.Path(lab.directory, "good.conf")
    path.write_text(small_config())
    for option in ("-t", "-T"):
        done = run([lab.programs.weir, option, "-c", str(path)], env=lab.programs.environment)
        expect(done.returncode == 0, f"{option}: {done.stderr}")
    expect("msl" in done.stdout and "good.conf:" in done.stdout, f"-T: {done.stdout[:300]}")
    done = run([lab.programs.weir, "-t", "-c", str(path), "--set", "tcp.msl=never"], check=False,
               env=lab.programs.environment)
    expect(done.returncode == 78 and "--set" in done.stderr + done.stdout, "--set is not checked")


@check("command-line", sanitizer=True)
def a_missing_file_is_one_sentence(lab):
    done = run([lab.programs.weir, "-c", f"{lab.directory}/nowhere.conf"], check=False,
               env=lab.programs.environment)
    expect(done.returncode in (2, 78), f"exit {done.returncode}")
    expect("nowhere.conf" in done.stderr, f"{done.stderr!r}")


@check("command-line", sanitizer=True)
def a_missing_device_is_one_finding(lab):
    words = refused(lab, 69, device="net_af_packet0,iface=nosuch0")
    one_finding(words, "RUN02", "nosuch0", "lo")
    words = refused(lab, 69, device="0000:ff:1f.7")
    one_finding(words, "NIC01", "0000:ff:1f.7")


@check("command-line", sanitizer=True)
def a_bad_vdev_is_one_finding(lab):
    words = refused(lab, 78, device="net_nonsense0")
    one_finding(words, "NIC02", "net_nonsense0")
    words = refused(lab, 78, device="net_tap0,iface=a-name-that-is-too-long")
    expect("wrong.conf:2: error: " in words and "a-name-that-is-too-long" in words, words)


@check("command-line")
def too_little_memory_is_one_finding(lab):
    words = refused(lab, 69, "--set", "memory.mbufs=100000000")
    one_finding(words, "HP06", "mbufs")


@check("command-line")
def required_hugepages_are_one_finding(lab):
    lab.ns = lab.namespace()
    words = refused(lab, 69, "--set", "memory.hugepages=required", machine=machine_with_huge_pages(lab, 0))
    one_finding(words, "HP01", "/nr_hugepages", "hugepages")


@check("command-line", sanitizer=True)
def what_only_dpdk_refuses_is_one_sentence(lab):
    """Nothing of EAL's own: neither its log nor the line that it prints beside it."""
    words = refused(lab, 69, "--", "--no-such-argument")
    lines = [line for line in words.splitlines() if " warn" not in line]  # "unsupported, passed on"
    expect(len(lines) == 1, f"{len(lines)} lines: {' | '.join(lines[:6])}")
    expect("DPDK's EAL does not start" in lines[0] and "--no-such-argument" in lines[0], lines[0])


@check("command-line", sanitizer=True)
def a_second_instance_is_one_finding(lab):
    lab.ns = lab.namespace()
    first = lab.daemon(lab.ns, "wrong", small_config())
    first.wait_ready()
    one_finding(refused(lab, 75), "RUN01", "wrong.sock", f"pid {first.pid}")
    expect(first.ctl("status").returncode == 0, "the first instance suffered")
    first.stop()


@check("command-line", sanitizer=True)
def weirctl_without_a_daemon_exits_with_3(lab):
    done = run([lab.programs.weirctl, "-S", f"{lab.directory}/nobody.sock", "status"], check=False)
    expect(done.returncode == 3 and done.stderr.strip(), f"{done.returncode} {done.stderr!r}")


@check("command-line", sanitizer=True)
def the_demo_answers_at_once(lab):
    """weir --demo: one command, no configuration, answers within two seconds."""
    lab.ns = lab.namespace()
    socket_path = f"{lab.directory}/demo.sock"
    log = open(f"{lab.directory}/demo.log", "w+")
    demo = lab.ns.start(lab.programs.weir, "--demo", "--set", f"control.socket={socket_path}",
                        stdout=log, stderr=log, env=lab.programs.environment)
    try:
        wait_for(lambda: lab.ns.has_link("weir-demo0"), 10 * lab.programs.patience, "weir-demo0")
        lab.ns.give_addresses("weir-demo0", "192.0.2.2/24")
        lab.wait_for_ping("192.0.2.1")
        expect("<html" in lab.get("192.0.2.1").lower(), "no page from the demo")
        demo.terminate()
        expect(demo.wait(15 * lab.programs.patience) == 0, f"exit {demo.returncode}")
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
        log.close()
