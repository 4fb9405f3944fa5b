"""What is probed: Weir, the Linux kernel as the control, and nobody at all. Each is one endpoint or
two: the second one has other settings (`knobs`)."""
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness.lab import PLAIN_REST, PLAIN_SERVICES, Daemon
from harness.net import Namespace, expect, wait_for

from .cable import SO_TIMESTAMPNS, Cable
from .client import Client
from .services import DAYTIME, PAGE
from .watch import Watch

GATEWAY = {4: "198.18.0.1", 6: "2001:db8::1"}
ADDRESS = {4: "198.18.0.2", 6: "2001:db8::2"}
SECOND = {4: "198.18.0.3", 6: "2001:db8::3"}
ALL = (ADDRESS[4], SECOND[4], ADDRESS[6], SECOND[6])
PREFIX = {4: 16, 6: 64}
KNOB_TTL, KNOB_MTU = 77, 1280

_numbers = itertools.count(256)


class Target:
    """One endpoint, and the prober's end of the cable to it."""

    def __init__(self, prober, name, knobs=False):
        self.name, self.knobs = name, knobs
        self.interface = f"{name}{'k' if knobs else '0'}"
        self.space = Namespace(f"{prober.name}-{self.interface}")
        self.watch = Watch()

    def lay_veth(self, prober):
        """From the prober's namespace to e0 of the endpoint's."""
        self.space.run("ip", "link", "add", "e0", "type", "veth", "peer", "name", self.interface,
                       "netns", prober.name)
        for space, end in ((self.space, "e0"), (prober, self.interface)):
            space.run("ethtool", "-K", end, "tx", "off", "rx", "off", "tso", "off", "gso", "off",
                      "gro", "off", "sg", "off")
        self.take(prober, self.interface, self.space.mac_of("e0"))

    def take(self, space, interface, mac, early=None):
        """The prober's end, where the kernel keeps silent."""
        space.sysctl(f"net.ipv6.conf.{interface}.disable_ipv6", "1")
        space.run("ip", "link", "set", interface, "txqueuelen", "10000", "up")
        self.mac = mac
        self.cable = Cable(space, interface, self.watch, early)

    def address(self, family):
        return ADDRESS[family]

    def second(self, family):
        return SECOND[family]

    def client(self, family, off_link=False, address=None):
        """A new host on the link, or behind the gateway."""
        number = next(_numbers)
        net4, net6 = ("198.19", "2001:db8:1") if off_link else ("198.18", "2001:db8")
        address = address or (f"{net6}::1:{number:x}" if family == 6 else
                              f"{net4}.{number // 250}.{number % 250 + 1}")
        mac = self.gateway_mac if off_link else b"\x02\x57" + number.to_bytes(4, "big")
        made = Client(self, family, address, mac)
        self.cable.add(made)
        return made

    gateway_mac = b"\x02\x57\xff\0\0\1"

    def raise_gateway(self):
        """The router that off-link clients are behind; it owns an address of each family."""
        self.gateways = {}
        for family in (4, 6):
            self.gateways[family] = Client(self, family, GATEWAY[family], self.gateway_mac)
            self.cable.add(self.gateways[family])

    def wait_ready(self):
        for family in (4, 6):
            client = self.client(family)

            def answers():
                client.send(client.echo_request(), client.segment(DAYTIME, "S"))
                return client.collect(0.2, kind="icmp", type=client.echo_reply)
            wait_for(answers, 10, f"{self.name}: no answer to ping over IPv{family}")
            self.cable.remove(client)

    def alive(self):
        return True

    def close(self):
        self.cable.close()
        self.space.delete()


WEIR_CONFIG = """
[port p0]
device  = net_tap0,iface=weir0
{addresses}
gateway = {GATEWAY[4]}
gateway = {GATEWAY[6]}
mtu = {mtu}
[workers]
cpus = 1
idle = sleep
{PLAIN_REST}[tcp]
max-flows = 100K
{tcp}
[ip]
{ip}
[service web]
handler = http
listen = :80/tcp
root = {www}
[service first]
handler = daytime
listen = {ADDRESS[4]}:81/tcp [{ADDRESS[6]}]:81/tcp
[service second]
handler = discard
listen = {SECOND[4]}:81/tcp [{SECOND[6]}]:81/tcp
[service small]
handler = hold
listen = :82/tcp
backlog = 16
[service prompt]
handler = echo
listen = :83/tcp
nagle = off
{PLAIN_SERVICES}"""


def listener(space):
    """Hears every interface of the namespace, those too that come later."""
    heard = space.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    heard.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return heard


class Weir(Target):
    """Behind a tap: net_af_packet would have the kernel reassemble fragments."""

    def __init__(self, prober, programs, knobs=False):
        super().__init__(prober, "weir", knobs)
        self.directory = tempfile.mkdtemp(prefix="weir-probe-")
        os.mkdir(f"{self.directory}/www")
        pathlib.Path(self.directory, "www", "index.html").write_bytes(PAGE)
        early = listener(self.space)
        self.daemon = Daemon(programs, self.space, self.directory, "weir", self.config())
        wait_for(lambda: self.space.has_link("weir0") or not self.alive(), 30,
                 "no tap interface weir0")
        expect(self.alive(), f"weir ended: {self.daemon.log_tail()}")
        self.take(self.space, "weir0", self.space.mac_of("weir0"), early)

    def config(self):
        addresses = "\n".join(f"address = {a}/{PREFIX[6 if ':' in a else 4]}" for a in ALL)
        return WEIR_CONFIG.format(
            **globals(), addresses=addresses, www=f"{self.directory}/www",
            mtu=KNOB_MTU if self.knobs else 1500,
            tcp="msl = 1s\nsyn-retries = 2\nsyncookies = always" if self.knobs else "",
            ip=f"ttl = {KNOB_TTL}" if self.knobs else "")

    def wait_ready(self):
        self.daemon.wait_ready()
        super().wait_ready()

    def alive(self):
        return self.daemon.running()

    def close(self):
        self.daemon.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        super().close()


class Linux(Target):
    """Settings that the kernel leaves to the administrator are those of a careful server."""

    SYSCTLS = {
        "net.ipv4.conf.all.accept_source_route": 0, "net.ipv4.conf.default.accept_source_route": 0,
        "net.ipv4.conf.e0.accept_source_route": 0, "net.ipv4.conf.all.accept_redirects": 0,
        "net.ipv4.conf.e0.accept_redirects": 0, "net.ipv6.conf.all.accept_redirects": 0,
        "net.ipv6.conf.e0.accept_redirects": 0, "net.ipv6.conf.e0.router_solicitations": 0,
        "net.ipv6.conf.e0.accept_ra": 0, "net.ipv4.ipfrag_time": 15, "net.ipv6.ip6frag_time": 15,
        "net.ipv4.conf.all.rp_filter": 1, "net.ipv4.tcp_fastopen": 3, "net.ipv4.tcp_mtu_probing": 1,
        "net.ipv4.tcp_tw_reuse": 0, "net.ipv4.tcp_timestamps": 1, "net.core.somaxconn": 4096,
        "net.ipv4.tcp_max_syn_backlog": 4096}
    KNOBS = {"net.ipv4.ip_default_ttl": KNOB_TTL, "net.ipv6.conf.e0.hop_limit": KNOB_TTL,
             "net.ipv4.tcp_synack_retries": 2, "net.ipv4.tcp_syncookies": 2}

    def __init__(self, prober, sysctls=(), knobs=False):
        super().__init__(prober, "linux", knobs)
        self.lay_veth(prober)
        changes = {**self.SYSCTLS, **(self.KNOBS if knobs else {}), **dict(sysctls)}
        for key, value in changes.items():
            self.space.run("sysctl", "-q", "-w", f"{key}={value}", check=key in dict(sysctls))
        mtu = KNOB_MTU if knobs else 1500
        for address in ALL:
            self.space.run("ip", "addr", "add", f"{address}/{PREFIX[6 if ':' in address else 4]}",
                           "dev", "e0")
        self.space.run("ip", "link", "set", "e0", "mtu", mtu, "up")
        self.services = None

    def wait_ready(self):
        for family in (4, 6):
            self.space.run("ip", f"-{family}", "route", "add", "default", "via", GATEWAY[family])
        wait_for(lambda: "tentative" not in self.space.run("ip", "addr").stdout, 10,
                 "linux: addresses are tentative")
        script = pathlib.Path(__file__).resolve().parent / "services.py"
        self.services = self.space.start("python3", "-B", script, *ALL, stdout=subprocess.PIPE)
        expect(self.services.stdout.readline() == b"ready\n", "linux: the services do not start")
        super().wait_ready()

    def alive(self):
        return self.services.poll() is None

    def close(self):
        if self.services:
            self.services.kill()
            self.services.wait()
        super().close()


class Nobody(Target):
    """Nothing answers here, so no probe may pass."""

    def __init__(self, prober, knobs=False):
        super().__init__(prober, "nobody", knobs)
        self.lay_veth(prober)

    def wait_ready(self):
        pass
