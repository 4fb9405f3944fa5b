"""A running Weir in a namespace of its own, with a Linux kernel as the peer."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from .net import Failure, Namespace, expect, run, url, wait_for

KERNEL4, KERNEL6 = "198.18.0.1", "2001:db8::1"
WEIR4, WEIR6 = "198.18.0.2", "2001:db8::2"
SECOND4, SECOND6 = "198.18.0.3", "2001:db8::3"
BOTH = (WEIR4, WEIR6)

ECHO, DISCARD, DAYTIME, CHARGEN, HTTP, FILES, HOLD, RESPOND = 7, 9, 13, 19, 80, 8080, 9000, 9001
OPEN_TCP = {ECHO, DISCARD, DAYTIME, CHARGEN, HTTP, FILES, HOLD, RESPOND}
OPEN_UDP = {ECHO, DISCARD, RESPOND}

# What stands before a program that a user starts who may do nothing. What is started may be in a directory that is closed to
# him: setpriv keeps its capabilities until then. What it reads may not.
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")

PORT = """
[port p0]
device  = {device}
address = {WEIR4}/24
address = {SECOND4}/24
address = {WEIR6}/64
address = {SECOND6}/64
gateway = {KERNEL4}
gateway = {KERNEL6}
dad     = off
{extra}
"""

# No huge pages, a log to read, a control socket for whoever starts it.
PLAIN_REST = """[memory]
hugepages = no
[log]
format = text
[control]
group =
"""

# The services that need no setting of their own, for every configuration of these tests.
PLAIN_SERVICES = """
[service echo]
handler = echo
listen = :7
fast-open = 256
[service discard]
handler = discard
listen = :9
fast-open = 256
[service daytime]
handler = daytime
listen = :13/tcp
[service chargen]
handler = chargen
listen = :19/tcp
[service hold]
handler = hold
listen = :9000/tcp
idle-timeout = off
[service respond]
handler = respond
listen = :9001
size = 100
close = after-reply
"""

REST = f"""
[workers]
cpus = {{cpus}}
idle = {{idle}}
{PLAIN_REST}
[service web]
handler = http
listen = :80/tcp
status = on
[service files]
handler = http
listen = :8080/tcp
root = {{www}}
"""

# Where the kernel's own stack serves /metrics and the status page, unless a configuration says otherwise.
METRICS = "127.0.0.1:9559"


def small_config(device="net_null0", metrics="off", more=""):
    """One port and an echo service, for a daemon that no lab starts."""
    return f"""[port p0]
device  = {device}
address = {WEIR4}/24
dad     = off
[workers]
cpus = 1
{PLAIN_REST}[metrics]
listen = {metrics}
[service echo]
handler = echo
listen = :7
{more}"""


class Programs:
    """Where the programs under test are, and how long they may take."""

    def __init__(self, weir, weirctl, sanitizer):
        self.weir, self.weirctl, self.sanitizer = weir, weirctl, sanitizer
        self.patience = 4 if sanitizer else 1
        self.keep = pathlib.Path(weir).parent / "screenshots"
        self.keep.mkdir(exist_ok=True)
        here = pathlib.Path(__file__).resolve().parent.parent
        self.environment = dict(
            os.environ, LSAN_OPTIONS=f"suppressions={here / 'lsan.supp'}:print_suppressions=0",
            ASAN_OPTIONS="detect_leaks=1:abort_on_error=0", UBSAN_OPTIONS="halt_on_error=1")


class Daemon:
    """One weir process, or one of a program that has Weir as its library: `program`, which is told
    where the configuration is and takes no options."""

    def __init__(self, programs, namespace, directory, name, config, options=(), program=None):
        self.programs, self.namespace = programs, namespace
        self.socket = f"{directory}/{name}.sock"
        self.config = f"{directory}/{name}.conf"
        self.log = f"{directory}/{name}.log"
        if program:
            config = config.replace("[control]\n", f"[control]\nsocket = {self.socket}\n")
            command = [program, self.config, *options]
        else:
            command = [programs.weir, "-c", self.config, "--set", f"control.socket={self.socket}", *options]
        pathlib.Path(self.config).write_text(config)
        with open(self.log, "w") as log:
            self.process = namespace.start(*command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=programs.environment)
        self.pid = self.process.pid

    def running(self):
        return self.process.poll() is None

    def log_text(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def log_tail(self, lines=6):
        return " | ".join(self.log_text().strip().splitlines()[-lines:])

    def ctl(self, *words, check=True, timeout=20):
        return run([self.programs.weirctl, "-S", self.socket, *map(str, words)], timeout=timeout,
                   check=check)

    def json(self, *words):
        text = self.ctl("--json", *words).stdout
        try:
            return json.loads(text)
        except ValueError:
            raise Failure(f"weirctl --json {' '.join(words)}: no JSON: {text[:200]!r}") from None

    def wait_ready(self):
        def ready():
            expect(self.running(),
                   f"weir ended with {self.process.returncode}: {self.log_tail()}")
            done = self.ctl("status", check=False)
            return done.returncode == 0 and "ready" in done.stdout
        wait_for(ready, 30 * self.programs.patience, "weir is not ready")

    def resident(self):
        """Bytes of memory in use."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failure("weir has no VmRSS")

    def workers(self):
        return self.json("workers")["workers"]

    def total(self, field):
        return sum(worker[field] for worker in self.workers())

    def dropped(self):
        """Drops by reason, of all workers."""
        sums = {}
        for worker in self.workers():
            for reason, count in worker["dropped"].items():
                sums[reason] = sums.get(reason, 0) + count
        return sums

    def check_sums(self):
        """received = sum of verdicts + held, for each worker. Frames still come while the counters
        are read, so that one quiet look in some seconds is what counts."""
        def unequal():
            return [f"worker {w['worker']}: received {w['received']}, verdicts {verdicts(w)}"
                    for w in self.workers() if w["received"] != verdicts(w)]
        try:
            wait_for(lambda: not unequal(), 5, "sums", every=0.3)
        except Failure:
            raise Failure("; ".join(unequal()) or "sums are equal only at times") from None

    def stop(self):
        """SIGTERM, and what must follow."""
        if not self.running():
            raise Failure(f"weir ended by itself with {self.process.returncode}: {self.log_tail()}")
        self.process.send_signal(signal.SIGTERM)
        seconds = 15 * self.programs.patience
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"SIGTERM did not end weir in {seconds} s") from None
        expect(code == 0, f"exit {code} after SIGTERM: {self.log_tail()}")
        expect(not os.path.exists(self.socket), "the control socket is still there")
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error", "ThreadSanitizer"):
            expect(word not in self.log_text(), f"{word}: {self.log_tail(12)}")

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait()


def verdicts(worker):
    return (sum(worker[name] for name in ("answered", "delivered", "consumed", "forwarded", "held"))
            + sum(worker["dropped"].values()))


def machine_with_huge_pages(lab, pages):
    """What stands before a program in Namespace.command() so that it sees so many free huge pages
    of 2 MB, however many there are: what tells of them in /sys is laid over, for it alone."""
    pool = pathlib.Path(lab.directory, f"huge-pages-{pages}", "hugepages-2048kB")
    pool.mkdir(parents=True, exist_ok=True)
    for name in ("nr_hugepages", "free_hugepages"):
        (pool / name).write_text(f"{pages}\n")
    return ["sh", "-c", 'mount --bind "$0" /sys/kernel/mm/hugepages && exec "$@"', pool.parent]


class Lab:
    """Namespaces, a daemon, a directory of files; everything ends with close()."""

    def __init__(self, programs, sizes, name, device="tap", cpus="1", port_extra="", extra="", idle="interrupt"):
        self.programs, self.sizes, self.name, self.device = programs, sizes, name, device
        self.cpus, self.port_extra, self.extra = cpus, port_extra, extra
        self.idle = idle
        self.namespaces, self.daemons, self.kept = [], [], []
        # Not in TMPDIR, which may be closed to other users, as whom some checks start weir.
        self.directory = tempfile.mkdtemp(prefix="weir-test-", dir="/tmp")
        self.www = f"{self.directory}/www"
        os.mkdir(self.www)
        self.interface = "weir0"
        self.weir = None

    def namespace(self, suffix=""):
        created = Namespace(f"weir-test-{os.getpid()}{suffix}")
        self.namespaces.append(created)
        return created

    def daemon(self, namespace, name, config, options=(), program=None):
        started = Daemon(self.programs, namespace, self.directory, name, config, options, program)
        self.daemons.append(started)
        return started

    def config(self, device):
        values = dict(globals(), device=device, cpus=self.cpus, www=self.www,
                      idle=self.idle,
                      extra=self.port_extra)
        return PORT.format(**values) + REST.format(**values) + PLAIN_SERVICES + self.extra

    def make_files(self, megabytes):
        pathlib.Path(self.www, "small.txt").write_bytes(os.urandom(512).hex().encode())
        pathlib.Path(self.www, "index.html").write_text("<!doctype html><p>files\n")
        with open(f"{self.www}/big.bin", "wb") as big:
            for _ in range(megabytes):
                big.write(os.urandom(1 << 20))

    def start(self):
        """Starts Weir on its device and gives the kernel the other end."""
        self.make_files(self.sizes.file_megabytes)
        if self.device == "tap":
            self.ns = self.namespace()
            self.weir = self.daemon(self.ns, "weir", self.config("net_tap0,iface=weir0"))
            wait_for(lambda: self.ns.has_link("weir0") or not self.weir.running(),
                     30 * self.programs.patience, "no tap interface weir0")
        else:
            self.ns = self.namespace()
            far = self.namespace("-far")
            self.ns.run("ip", "link", "add", "weir0", "type", "veth", "peer", "name", "e0", "netns",
                        far.name)
            for space, end in ((self.ns, "weir0"), (far, "e0")):
                space.sysctl(f"net.ipv6.conf.{end}.accept_dad", "0")
                space.run("ethtool", "-K", end, "tx", "off", "rx", "off", "tso", "off", "gso",
                          "off", "gro", "off")
            far.sysctl("net.ipv6.conf.e0.disable_ipv6", "1")
            far.run("ip", "link", "set", "e0", "up")
            self.weir = self.daemon(far, "weir", self.config(f"{self.device},iface=e0"))
        self.weir.wait_ready()
        self.prepare_peer()

    def prepare_peer(self):
        self.ns.give_addresses(self.interface, f"{KERNEL4}/24", f"{KERNEL6}/64")
        for address in BOTH:
            self.wait_for_ping(address)

    def wait_for_ping(self, address):
        wait_for(lambda: self.ns.run("ping", "-c1", "-W1", address, check=False).returncode == 0,
                 10 * self.programs.patience, f"no answer to ping {address}")

    def weir_mac(self):
        """As the kernel has resolved it; an earlier check may have made it forget."""
        self.wait_for_ping(WEIR4)
        fields = self.ns.run("ip", "neigh", "show", WEIR4, "dev", self.interface).stdout.split()
        expect("lladdr" in fields, f"{WEIR4} is not resolved: {fields}")
        return fields[fields.index("lladdr") + 1]

    def gun(self, kind, **options):
        """Starts the frame gun; gun_report reads what it sent."""
        words = []
        for key, value in options.items():
            words += [f"--{key}", value]
        mac = self.ns.mac_of(self.interface).hex(":")
        script = pathlib.Path(__file__).resolve().parent.parent / "frame_gun.py"
        return self.ns.start("python3", script, kind, "--interface", self.interface, "--to",
                             self.weir_mac(), "--source", mac, *words, stdout=subprocess.PIPE,
                             text=True)

    def curl(self, target, *options, timeout=120):
        return self.ns.run("curl", "-sS", "--noproxy", "*", "-g", "--fail", "--max-time", timeout,
                           *options, target, timeout=timeout + 10)

    def get(self, address, path="/", port=HTTP):
        return self.curl(url(address, path, port)).stdout

    def keep(self, closable):
        """Stays open until the daemon has stopped."""
        self.kept.append(closable)
        return closable

    def close(self):
        for kept in self.kept:
            kept.close()
        for daemon in self.daemons:
            daemon.kill()
        for namespace in self.namespaces:
            namespace.delete()
        shutil.rmtree(self.directory, ignore_errors=True)


def gun_report(gun, timeout):
    """(sent, refused by the interface)"""
    try:
        out, _ = gun.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        gun.kill()
        gun.wait()
        raise Failure(f"the frame gun is not done in {timeout} s") from None
    expect(gun.returncode == 0, f"the frame gun ended with {gun.returncode}")
    sent, refused = map(int, out.split())
    return sent, refused


def seconds_of(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start
