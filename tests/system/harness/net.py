"""Network namespaces, commands inside them, and sockets that live in them."""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """A check that did not see what it should have seen."""


def expect(truth, why):
    if not truth:
        raise Failure(why)


def wait_for(condition, seconds, what, every=0.05):
    """The first true value of condition(); fails when it stays false."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(every)


def die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def killed_afterwards(process):
    """A process that has ended when the block has."""
    with process:  # waits for it, and closes its pipes
        try:
            yield process
        finally:
            process.kill()


def run(command, timeout=60, check=True, stdin=None, env=None):
    """Runs to the end and returns the CompletedProcess, with text."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                              input=stdin, env=env, preexec_fn=die_with_parent,
                              errors="replace")
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(command)}: not done within {timeout} s") from None
    if check and done.returncode != 0:
        text = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"{' '.join(command)}: exit {done.returncode}: {' | '.join(text[-3:])}")
    return done


class Namespace:
    """A network namespace of our own; deleted with everything in it."""

    def __init__(self, name):
        self.name = name
        run(["ip", "netns", "add", name])
        self.run("ip", "link", "set", "lo", "up")
        # Many connections from one address, and nobody's addresses but those that we give.
        self.sysctl("net.ipv4.ip_local_port_range", "1024 65535")
        self.sysctl("net.ipv4.tcp_tw_reuse", "1")
        self.sysctl("net.ipv4.tcp_syncookies", "1")

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def run(self, *command, **kw):
        return run(self.command(*command), **kw)

    def start(self, *command, **kw):
        return subprocess.Popen(self.command(*command), preexec_fn=die_with_parent, **kw)

    def sysctl(self, key, value):
        self.run("sysctl", "-q", "-w", f"{key}={value}")

    @contextlib.contextmanager
    def inside(self):
        """This thread in the namespace: a socket made here stays here wherever it is used."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if _libc.setns(there, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if _libc.setns(home, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(home)
            os.close(there)

    def socket(self, family, kind, protocol=0, timeout=5.0):
        with self.inside():
            s = socket.socket(family, kind, protocol)
        s.settimeout(timeout)
        return s

    def connect(self, address, port, timeout=5.0, receive_buffer=None):
        s = self.socket(family_of(address), socket.SOCK_STREAM, timeout=timeout)
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            s.connect((address, port))
        except OSError:
            s.close()
            raise
        return s

    def datagrams(self, address, port, timeout=2.0):
        s = self.socket(family_of(address), socket.SOCK_DGRAM, timeout=timeout)
        s.connect((address, port))
        return s

    def raw(self, interface, timeout=2.0):
        """Whole frames, to and from an interface."""
        s = self.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3), timeout=timeout)
        s.bind((interface, 0))
        return s

    def has_link(self, interface):
        return self.run("ip", "link", "show", "dev", interface, check=False).returncode == 0

    def mac_of(self, interface):
        fields = self.run("ip", "-o", "link", "show", "dev", interface).stdout.split()
        return bytes.fromhex(fields[fields.index("link/ether") + 1].replace(":", ""))

    def give_addresses(self, interface, *addresses):
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            self.run("ip", "addr", "add", address, "dev", interface, *extra)
        self.run("ip", "link", "set", interface, "up")

    def delete(self):
        run(["ip", "netns", "del", self.name], check=False)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def url(address, path="/", port=80):
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}{'' if port == 80 else f':{port}'}{path}"


def receive_all(s, most=1 << 30):
    """Everything until the peer closes."""
    parts = []
    size = 0
    while size < most:
        part = s.recv(65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def receive_exactly(s, size):
    data = bytearray()
    while len(data) < size:
        part = s.recv(size - len(data))
        if not part:
            break
        data += part
    return bytes(data)
