"""Machines on which weir cannot start, one fault a row: the finding, its exit code, and its fix, which mends it where
it can be carried out here. The faults are made in a mount namespace of the daemon's own; sysfs is made up where hardware
is meant."""
import copy
import dataclasses
import json
import os
import pathlib
import re
import stat

from checks.command_line import one_finding
from harness.lab import NOBODY, Daemon, small_config
from harness.net import expect, run, wait_for
from harness.registry import check

_TAP = "net_tap0,iface=weir0"


def _huge_pages(count):
    """sysfs as of a machine with so many huge pages, all of them free."""
    return f"""cd /sys/kernel/mm/hugepages; mount -t tmpfs none $PWD; cd $PWD; mkdir hugepages-2048kB
echo {count} > hugepages-2048kB/nr_hugepages; ln -s nr_hugepages hugepages-2048kB/free_hugepages
mount --bind $PWD /sys/devices/system/node/node0/hugepages; cd /"""


_FIRST = r"^(.*?)(?:   \(|$)"  # the command with which the fix begins; what stands behind it is advice


@dataclasses.dataclass
class Broken:
    """`fault` breaks the machine; weir then ends with this code, one finding, and these words in it. What mends it is read
    from its fix: a command, a key, or both. The rest tells of other machines (a package, a container, a user)."""
    fault: str
    code: int
    finding: str
    words: tuple
    device: str = "net_null0"
    options: tuple = ()   # for weir
    through: tuple = ()   # what starts weir
    typed: str = ""       # where in the fix a command stands: with it weir starts
    made_up: bool = False  # huge pages that are only told of do not let weir start: the doctor is asked instead
    key: str = ""         # "section." of a KEY = VALUE that the fix names: with it weir starts
    heeded: tuple = ()    # options with which it starts, where the fix leaves their values to the operator


_ROWS = {
    "no huge pages": Broken(_huge_pages(0), 69, "HP01",
                            ("no huge pages are reserved", "/nr_hugepages", "hugepages = no"),
                            options=("memory.hugepages=required",), typed=_FIRST, made_up=True, key="memory."),
    "too few huge pages": Broken(_huge_pages(8), 69, "HP06", ("16 MB are reserved", "/nr_hugepages"),
                                 options=("memory.hugepages=required",), typed=_FIRST, made_up=True, key="memory."),
    "hugetlbfs is not mounted": Broken(_huge_pages(4096), 69, "HP04",
                                       ("--huge-dir {directory}/huge", "mount -t hugetlbfs none {directory}/huge"),
                                       options=("memory.hugepages=required", "dpdk.eal-args=--huge-dir {directory}/huge"),
                                       typed=_FIRST, made_up=True),
    "nobody's socket": Broken("chmod 755 {directory}", 77, "RUN03",
                              ("this user cannot make the control socket", "[control] socket"),
                              through=NOBODY),
    "nobody's tap": Broken("chmod 777 {directory}", 77, "SEC02", ("NET_ADMIN",), device=_TAP, through=NOBODY),
    "no directory for the socket": Broken("", 78, "RUN03", ("there is no directory", "mkdir -p "),
                                          options=("control.socket={directory}/sub/w.sock",), typed=_FIRST),
    "the socket is a file": Broken("touch {directory}/file", 78, "RUN03", ("a file that is no socket",),
                                   options=("control.socket={directory}/file",), heeded=("control.socket={socket}",)),
    "the tap is another interface": Broken("ip link show weir1 2>&- || ip link add weir0 type veth peer name weir1",
                                           78, "RUN02", ("'weir0'", "no tap with multi_queue"), device=_TAP,
                                           typed="(ip link delete .*)", heeded=("port.p0.device=net_tap0,iface=weir9",)),
    "a parameter that nobody reads": Broken("", 78, "RUN02", ("'ifce'", "did you mean 'iface'?"),
                                            device="net_tap0,ifce=weir0", heeded=(f"port.p0.device={_TAP}",)),
    "an interface for a device": Broken("", 78, "NIC02", ("net_af_packet0,iface=lo",), device="lo", key="port.p0."),
    "no directory for a memif": Broken("", 69, "RUN02", ("mkdir -p ",), typed=_FIRST,
                                       device="net_memif0,role=server,socket={directory}/m/s,socket-abstract=no"),
    "a CPU that there is not": Broken("", 78, "CPU01", ("cpus = 1000", "auto"), options=("workers.cpus=1000",),
                                      key="workers."),
    "a cgroup of 40 MB": Broken("mount -t tmpfs none /sys/fs/cgroup; mkdir /sys/fs/cgroup/memory; echo 41943040 | tee "
                                "/sys/fs/cgroup/memory.max > /sys/fs/cgroup/memory/memory.limit_in_bytes",
                                69, "HP06", ("limit of this process's cgroup is 40 MB", "MemoryMax=")),
    "no /dev/net/tun": Broken("mount -t tmpfs none /dev/net", 77, "SEC02", ("/dev/net/tun",), device=_TAP),
    "/run is read-only": Broken("mount -t tmpfs -o ro none /run", 77, "RUN03", ("file system of /run is read-only",),
                                options=("control.socket=/run/weir/weir.sock",), heeded=("control.socket={socket}",)),
    "no drivers": Broken("mount -t tmpfs none $(dirname /usr/lib/*/dpdk/pmds-*/librte_mempool_ring.so)", 69, "NIC07",
                         ("apt install librte-mempool-ring",)),
}


class Bench:
    """Starts weir on a machine with a fault."""

    def __init__(self, lab, row):
        self.lab, self.row = lab, row
        if not lab.namespaces:
            lab.ns = lab.namespace()
        self.socket = f"{lab.directory}/broken.sock"
        self.programs = copy.copy(lab.programs)
        self.arrange()

    def arrange(self, typed=""):
        """The machine with its fault, and with what somebody typed there behind it."""
        # unshare and sh replace themselves, so that the daemon has the process number that its starter knows.
        script = pathlib.Path(self.lab.directory, "broken")
        through = " ".join(self.row.through)
        before = f"{self.filled(self.row.fault)}\n{typed}".replace("'", "'\\''")
        script.write_text("#!/bin/sh\n"
                          f"exec unshare -m --propagation private sh -ec '{before}\nexec {through} \"$@\"' "
                          f"sh {self.lab.programs.weir} \"$@\"\n")
        script.chmod(0o755)
        self.programs.weir = str(script)

    def filled(self, text):
        return text.replace("{directory}", self.lab.directory).replace("{socket}", self.socket)

    def options(self, settings):
        return [word for setting in settings for word in ("--set", self.filled(setting))]

    def write(self):
        path = pathlib.Path(self.lab.directory, "broken.conf")
        path.write_text(small_config(self.filled(self.row.device)))
        return path

    def run(self, *words):
        return run(self.lab.ns.command(self.programs.weir, *words, "-c", self.write(), "--set",
                                       f"control.socket={self.socket}", *self.options(self.row.options)),
                   timeout=30 * self.programs.patience, check=False, env=self.programs.environment)

    def refused(self):
        """What weir says, which must end by itself with the row's code."""
        done = self.run()
        expect(done.returncode == self.row.code, f"exit {done.returncode}, not {self.row.code}: {done.stderr[-300:]}")
        return done.stderr

    def starts(self, settings=()):
        daemon = Daemon(self.programs, self.lab.ns, self.lab.directory, "broken", self.write().read_text(),
                        self.options(settings))
        self.lab.daemons.append(daemon)
        for setting in settings:
            if setting.startswith("control.socket="):
                daemon.socket = self.filled(setting).split("=")[1]
        daemon.wait_ready()
        return daemon


def _mend_by_command(bench, row, command):
    bench.arrange(typed=command)
    if not row.made_up:
        return bench.starts(row.options).stop()
    done = bench.run("doctor", "--json")
    expect(done.stdout, f"{command}: {done.stderr[-300:]}")
    checks = json.loads(done.stdout)["checks"]
    failures = [f"{each['id']} {each['what']}" for each in checks if each["state"] == "FAIL"]
    expect(not failures and row.finding in [each["id"] for each in checks], f"{command}: {failures}")


def _mend(bench, row, fix):
    """By all that the fix names and that can be done here."""
    if row.key:
        key = re.search(r"([a-z-]+) = ([^ ;)]+?),?(?:[ ;)]|$)", fix)
        expect(key, f"no KEY = VALUE in: {fix}")
        bench.starts((*row.options, f"{row.key}{key[1]}={key[2]}")).stop()
    if row.heeded:
        bench.starts(row.options + row.heeded).stop()
    if row.typed:
        command = re.search(row.typed, fix)
        expect(command, f"no command in: {fix}")
        _mend_by_command(bench, row, command[1])


def _examine(lab, name, row):
    bench = Bench(lab, row)
    try:
        words = bench.refused()
        words = words[max(words.find("weir: cannot start:"), 0):]  # warnings about [dpdk] eal-args come before
        one_finding(words, row.finding, *map(bench.filled, row.words))
        _mend(bench, row, re.search(r"^ +fix: (.*)$", words, re.MULTILINE)[1])
    except Exception as failure:
        failure.args = (f"{name}: {failure}",)
        raise
    run(lab.ns.command("ip", "link", "del", "weir0"), check=False)


@check("command-line")
def a_broken_machine_is_one_finding(lab):
    """Its fix is carried out where that can be: commands are typed, keys are set, as they are printed."""
    for name, row in _ROWS.items():
        _examine(lab, name, row)
        os.chmod(lab.directory, stat.S_IRWXU)


@check("command-line")
def a_tap_of_a_running_weir_is_not_shared(lab):
    """net_tap would join it, and each daemon get some of the frames."""
    lab.ns = lab.namespace()
    first = lab.daemon(lab.ns, "first", small_config(_TAP))
    first.wait_ready()
    words = Bench(lab, Broken("", 75, "", (), device=_TAP)).refused()
    one_finding(words, "RUN02", "'weir0'", f"in use by pid {first.pid} (weir)")
    first.stop()
    Bench(lab, Broken("", 0, "", (), device=_TAP)).starts().stop()


@check("command-line")
def a_nic_of_the_kernel_names_the_command(lab):
    """A made-up one in a sysfs of its own: the machine's are not to be seen there."""
    fault = """d=/sys/bus/pci/devices; mount -t tmpfs none $d; d=$d/0000:ff:1f.7; mkdir -p $d/net/ens9f0
echo 0x020000 > $d/class; echo 0x8086 > $d/vendor; echo 0x159b > $d/device; ln -s /sys/bus/pci/drivers/ice $d/driver"""
    words = Bench(lab, Broken(fault, 69, "", (), device="0000:ff:1f.7")).refused()
    held = "FAIL NIC03   port p0: 0000:ff:1f.7 is still used by the kernel (driver ice, interface ens9f0)"
    expect(held in words, words)
    expect("fix: driverctl set-override 0000:ff:1f.7 vfio-pci" in words, words)


@check("command-line")
def too_little_address_space_names_the_key(lab):
    bench = Bench(lab, Broken("", 69, "", (), through=("prlimit", "--as=1000000000")))
    words = bench.refused()
    expect("not enough memory for the tables of the workers" in words and "max-flows, now 1000000" in words, words)
    bench.starts(("tcp.max-flows=10000",)).stop()


@check("command-line")
def workers_that_nobody_placed_stay_in_the_affinity(lab):
    for cpu in sorted(os.sched_getaffinity(0))[:2]:
        weir = Bench(lab, Broken("", 0, "", (), through=("taskset", "-c", str(cpu)))).starts(("workers.cpus=auto",))
        expect([w["cpu"] for w in weir.workers()] == [cpu], f"taskset -c {cpu}: {weir.workers()}")
        weir.stop()


@check("command-line")
def what_a_dead_weir_left_is_no_obstacle(lab):
    """A socket that nobody listens on, a lock that nobody holds, DPDK's directory of the same process number."""
    fault = """mount -t tmpfs none /run; mkdir -p /run/dpdk/weir-$$; echo stale > /run/dpdk/weir-$$/config
echo 4711 > {socket}.lock; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "{socket}", Listen => 1)'"""
    Bench(lab, Broken(fault, 0, "", ())).starts().stop()


@check("command-line")
def a_log_that_nobody_can_take_stops_nothing(lab):
    """Full, or not there at all: then no other file must get the number of standard error, and the log with it."""
    lab.ns = lab.namespace()
    for redirection in ("2>/dev/full", "2>&-", "0<&- 1>&- 2>&-"):
        bench = Bench(lab, Broken("", 0, "", ()))
        script = pathlib.Path(lab.directory, "silent")
        script.write_text(f"#!/bin/sh\nexec {lab.programs.weir} \"$@\" {redirection}\n")
        script.chmod(0o755)
        bench.programs.weir = str(script)
        weir = bench.starts()
        wait_for(lambda: weir.ctl("log", "--level", "debug").returncode == 0, 5, "the log's level")
        lock = pathlib.Path(weir.socket + ".lock").read_text()
        expect(lock == f"{weir.pid}\n", f"{redirection}: the lock file holds {lock!r}")
        weir.stop()
