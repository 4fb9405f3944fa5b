"""What systemd is told through $NOTIFY_SOCKET, and that root is given up: this program in systemd's place."""
import copy
import os
import pathlib
import pwd
import signal
import socket
import time

from harness.lab import Daemon, KERNEL4, METRICS, WEIR4, small_config
from harness.net import Failure, expect, run, url
from harness.registry import check

_TAP, _WEB = "net_tap0,iface=weir0", "[service web]\nhandler = http\nlisten = :80/tcp\n"
_CONFIG = small_config(_TAP, more=_WEB)
# CAP_NET_ADMIN, CAP_NET_RAW and CAP_IPC_LOCK.
_KEPT, _NONE = f"{0x7000:016x}", f"{0:016x}"


class Manager:
    """systemd's end of the notify socket."""

    def __init__(self, lab):
        self.lab = lab
        self.path = f"{lab.directory}/notify"
        self.socket = lab.keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.socket.bind(self.path)

    def start(self, config, watchdog_usec):
        programs = copy.copy(self.lab.programs)
        programs.environment = dict(programs.environment, NOTIFY_SOCKET=self.path,
                                    WATCHDOG_USEC=str(watchdog_usec))
        daemon = Daemon(programs, self.lab.ns, self.lab.directory, "notify", config)
        self.lab.daemons.append(daemon)
        return daemon

    def wait_for(self, *lines):
        """Messages up to the one that holds these lines; returns that one."""
        end = time.monotonic() + 30 * self.lab.programs.patience
        seen = []
        while True:
            try:
                # Zero would mean not to wait for what is there already; the watchdog never falls silent.
                self.socket.settimeout(max(0.001, end - time.monotonic()))
                message = self.socket.recv(4096).decode()
            except socket.timeout:
                raise Failure(f"no message with {lines}: {seen[-8:]}") from None
            seen.append(message)
            if all(any(line.startswith(wanted) for line in message.split("\n")) for wanted in lines):
                return message


@check("service-manager", sanitizer=True)
def a_services_life_is_told(lab):
    lab.ns = lab.namespace()
    manager = Manager(lab)
    weir = manager.start(_CONFIG, 2_000_000)
    manager.wait_for("READY=1", "STATUS=")
    manager.wait_for("WATCHDOG=1")
    manager.wait_for("WATCHDOG=1")
    path = pathlib.Path(weir.config)
    path.write_text(path.read_text().replace("[service web]", "[service web]\nbacklog = 99"))
    weir.ctl("reload")
    reloading = manager.wait_for("RELOADING=1")
    expect("MONOTONIC_USEC=" in reloading, f"no time: {reloading!r}")
    manager.wait_for("READY=1")
    weir.ctl("drain")
    manager.wait_for("STATUS=draining")
    manager.wait_for("WATCHDOG=1")
    weir.process.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    weir.process.wait(30 * lab.programs.patience)
    expect(weir.process.returncode == 0, f"exit {weir.process.returncode}: {weir.log_tail()}")


def _of_each_thread(pid, name):
    """{thread: what its status says}"""
    values = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                values[int(task.name)] = line.split(":", 1)[1].strip()
    return values


@check("service-manager")
def root_is_given_up(lab):
    lab.ns = lab.namespace()
    nobody = str(pwd.getpwnam("nobody").pw_uid)
    config = small_config(_TAP, METRICS, _WEB + "[control]\nuser = nobody\n")
    weir = lab.daemon(lab.ns, "user", config)
    os.chown(lab.directory, int(nobody), -1)  # as /run/weir is his
    weir.wait_ready()
    users = _of_each_thread(weir.pid, "Uid")
    expect(len(users) > 1 and set(users.values()) == {"\t".join([nobody] * 4)}, f"{users}")
    # The control thread has these three and nothing else; the workers and the
    # thread that speaks HTTP have not even those.
    wanted = {thread: _KEPT if thread == weir.pid else _NONE for thread in users}
    for kind in ("CapEff", "CapPrm"):
        found = _of_each_thread(weir.pid, kind)
        expect(found == wanted, f"{kind} of {weir.pid}: {found}")
    lab.ns.give_addresses("weir0", f"{KERNEL4}/24")
    expect("<title>" in lab.curl(url(WEIR4)).stdout, "no page")
    path = pathlib.Path(weir.config)
    path.write_text(path.read_text().replace("[workers]", "address = 198.18.0.7/24\n[workers]"))
    weir.ctl("reload")
    expect("<title>" in lab.curl("http://198.18.0.7/").stdout, "no page at the other address")
    weir.stop()
    expect(not lab.ns.has_link("weir0"), "the tap is still there")


@check("service-manager")
def a_user_that_cannot_be_is_refused_before_anything_starts(lab):
    lab.ns = lab.namespace()
    path = pathlib.Path(lab.directory, "user.conf")
    path.write_text(_CONFIG + "[control]\nuser = no-such-user\n")
    done = run(lab.ns.command(lab.programs.weir, "-c", path, "--set",
                              f"control.socket={lab.directory}/user.sock"),
               timeout=30 * lab.programs.patience, check=False, env=lab.programs.environment)
    expect(done.returncode == 78 and "there is no user 'no-such-user'" in done.stderr,
           f"{done.returncode} {done.stderr}")
    expect(not lab.ns.has_link("weir0"), "a tap was made")
