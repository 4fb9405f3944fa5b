"""A server behind a bad cable: Weir on net_af_packet, or a Linux kernel for comparison."""
import os
import pathlib
import subprocess
import sys

from .lab import BOTH, KERNEL4, KERNEL6, Lab, WEIR4, WEIR6
from .net import expect, wait_for

PLAIN = ("tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off")


class ImpairedLab(Lab):
    """client (weir0) ---- impaired-link ---- e0 (server). `faults`: what impaired-link takes."""

    def __init__(self, programs, sizes, name, faults, seed=1, server="weir", extra=""):
        super().__init__(programs, sizes, name, device="net_af_packet0", extra=extra)
        self.faults, self.seed, self.server = faults, seed, server
        self.cable = None

    def veth(self, space, end, other, other_end):
        space.run("ip", "link", "add", end, "type", "veth", "peer", "name", other_end, "netns",
                  other.name)
        for owner, link in ((space, end), (other, other_end)):
            owner.sysctl(f"net.ipv6.conf.{link}.accept_dad", "0")
            owner.run("ethtool", "-K", link, *PLAIN)
            owner.run("ip", "link", "set", link, "up")

    def start(self):
        self.make_files(self.sizes.file_megabytes)
        self.ns, middle, far = self.namespace(), self.namespace("-mid"), self.namespace("-far")
        self.veth(self.ns, "weir0", middle, "m0")
        self.veth(far, "e0", middle, "m1")
        for end in ("m0", "m1"):
            middle.sysctl(f"net.ipv6.conf.{end}.disable_ipv6", "1")
        if self.server == "weir":
            far.sysctl("net.ipv6.conf.e0.disable_ipv6", "1")
            self.weir = self.daemon(far, "weir", self.config("net_af_packet0,iface=e0"))
            self.weir.wait_ready()
        else:
            self.start_linux(far)
        self.far, self.middle = far, middle
        self.connect([])
        self.prepare_peer()
        self.ns.run("ip", "neigh", "replace", WEIR4, "lladdr", self.weir_mac(), "dev", "weir0",
                    "nud", "permanent")
        self.ns.run("ip", "neigh", "replace", WEIR6, "lladdr", self.weir_mac(), "dev", "weir0",
                    "nud", "permanent")
        self.connect(self.faults)

    def start_linux(self, far):
        far.give_addresses("e0", f"{WEIR4}/24", f"{WEIR6}/64")
        script = pathlib.Path(__file__).resolve().parent.parent / "linux_services.py"
        self.linux = far.start(sys.executable, script, self.www, stdin=subprocess.DEVNULL)

    def connect(self, faults):
        """Another cable, with these faults; the frames under way in the old one are lost."""
        self.disconnect()
        tool = os.path.join(os.path.dirname(self.programs.weir), "tests/system/impaired-link")
        self.cable = self.middle.start(tool, "m0", "m1", self.seed, *faults,
                                       stdout=subprocess.PIPE, text=True)

    def disconnect(self):
        """Returns what the cable did, as it says."""
        if self.cable is None:
            return ""
        self.cable.terminate()
        text, _ = self.cable.communicate(timeout=10)
        expect(self.cable.returncode == 0, f"impaired-link ended with {self.cable.returncode}")
        self.cable = None
        return text

    def wait_for_ping(self, address):
        wait_for(lambda: self.ns.run("ping", "-c1", "-W1", address, check=False).returncode == 0,
                 20 * self.programs.patience, f"no answer to ping {address}")

    def close(self):
        try:
            self.disconnect()
        finally:
            if self.server != "weir":
                self.linux.kill()
                self.linux.wait()
            super().close()
