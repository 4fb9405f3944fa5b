"""What is wrong in a configuration, one mistake a row: one sentence with the place and what is
accepted, exit code 78, and nothing started."""
import dataclasses
import os
import pathlib

from harness.lab import NOBODY
from harness.net import expect, run
from harness.registry import check

_PORT = "[port p0]\ndevice = net_tap0,iface=wrong0\naddress = 198.18.0.2/24\n"  # lines 1 to 3
_ECHO = "[service echo]\nhandler = echo\nlisten = :7\n"  # lines 4 to 6
_BASE = _PORT + _ECHO


@dataclasses.dataclass
class Wrong:
    """`text` is complained about at `place`, which is a line or the whole, with these words."""
    text: str | bytes
    place: int | str
    words: tuple
    options: tuple = ()


def _service(lines):
    return _PORT + "[service s]\n" + lines  # the lines from 5 on


def _set(argument, *words):
    return Wrong(_BASE, f"--set {argument}", words, ("--set", argument))


_ROWS = {
    # Sections and keys.
    "section": Wrong(_BASE + "[services]\n", 7, ("unknown section [services]", "did you mean 'service'?",
                                                 "[port NAME] [service NAME] [workers]")),
    "port misspelt": Wrong("[prot p0]\n" + _ECHO, 1, ("unknown section [prot]", "did you mean 'port'?")),
    "no name": Wrong(_BASE + "[service]\n", 7, ("[service] has no name", "a-z, 0-9, '_' and '-'")),
    "name in capitals": Wrong(_BASE + "[port WAN]\n", 7, ("the name 'WAN'", "at most 32 of a-z")),
    "open header": Wrong(_BASE + "[tcp\nmsl = 3s\n", 7, ("'[tcp' has no closing ']'", "[tcp]")),
    "key": Wrong(_BASE + "colour = red\n", 7, ("unknown key 'colour' in [service echo]", "handler, listen, root")),
    "key misspelt": Wrong(_service("handler = echo\nlisen = :7\n"), 6,
                          ("unknown key 'lisen'", "did you mean 'listen'?")),
    "key in capitals": Wrong(_service("Handler = echo\nlisten = :7\n"), 5, ("did you mean 'handler'?",)),
    "key of another section": Wrong(_BASE + "msl = 30s\n", 7, ("unknown key 'msl' in [service echo]",
                                                               "which belongs to [tcp]")),
    "key above the sections": Wrong("msl = 30s\n" + _BASE, 1, ("'msl' stands before the first section", "[tcp]")),
    "key twice": Wrong(_BASE + "[tcp]\nmsl = 3s\nmsl = 4s\n", 9,
                       ("'msl' in [tcp] is already set at ", ":8", "one value")),
    "no equals sign": Wrong(_BASE + "[tcp]\nmsl: 30s\n", 8, ("'msl: 30s' has no '='", "KEY = VALUE")),
    # Numbers.
    "no unit": Wrong(_BASE + "[tcp]\nmsl = 30\n", 8,
                     ("[tcp]: msl = '30' has no unit", "10ms to 10m (ns, us, ms, s, m")),
    "bad unit": Wrong(_BASE + "[tcp]\nmsl = 30sec\n", 8, ("has the unknown unit 'sec'", "10ms to 10m")),
    "unit of bytes": Wrong(_BASE + "[tcp]\nsend-buffer = 256KB\n", 8, ("has the unknown unit 'KB'", "4K to 1G")),
    "fraction": Wrong(_BASE + "[tcp]\nmsl = 1.5s\n", 8, ("is not a whole number", "10ms to 10m")),
    "word for a number": Wrong(_BASE + "backlog = lots\n", 7, ("'lots' is not a number", "1 to 10M")),
    "out of range": Wrong(_PORT + "mtu = 70000\n" + _ECHO, 4, ("mtu = '70000' is out of range", "576 to 9000")),
    "overflow": Wrong(_BASE + f"backlog = {10 ** 30}\n", 7, ("is out of range", "1 to 10M")),
    "overflow by its unit": Wrong(_BASE + f"[tcp]\nsend-buffer = {2 ** 54 + 1}K\n", 8,
                                  ("is out of range", "4K to 1G")),
    "negative": Wrong(_BASE + "backlog = -1\n", 7, ("'-1' is negative", "1 to 10M")),
    "switch": Wrong(_BASE + "nagle = maybe\n", 7, ("'maybe' is not known", "on, off, yes, no")),
    # Ports.
    "no port": Wrong(_ECHO, "", ("there is no port", "[port NAME] with device and address")),
    "no device": Wrong("[port p0]\naddress = 198.18.0.2/24\n" + _ECHO, 1,
                       ("'device' is required", "a PCI address (0000:03:00.0)")),
    "no PCI domain": Wrong("[port p0]\ndevice = 03:00.0\naddress = 198.18.0.2/24\n" + _ECHO, 2,
                           ("did you mean '0000:03:00.0'?",)),
    "variable that is not set": Wrong("[port p0]\ndevice = env:NOT_SET\naddress = 198.18.0.2/24\n" + _ECHO, 2,
                                      ("NOT_SET, which is not set", "env:NAME")),
    "no length": Wrong("[port p0]\ndevice = net_null0\naddress = 198.18.0.2\n" + _ECHO, 3,
                       ("did you mean '198.18.0.2/24'?", "192.0.2.10/24 or 2001:db8::10/64")),
    "no address": Wrong("[port p0]\ndevice = net_null0\naddress = 198.18.0.300/24\n" + _ECHO, 3,
                        ("is not an address with a length",)),
    "two ports of one address": Wrong(_BASE + "[port p1]\ndevice = net_null0\naddress = 198.18.0.2/24\n", 9,
                                      ("[port p1]: address 198.18.0.2 is already set at ", ":3", "once")),
    "two ports of one device": Wrong(_BASE + "[port p1]\ndevice = net_tap0\naddress = 198.18.1.2/24\n", 8,
                                     ("[port p1] has the device of [port p0]", "a device of its own")),
    "gateway of elsewhere": Wrong(_PORT + "gateway = 192.0.2.1\n" + _ECHO, 4,
                                  ("192.0.2.1 is in no network of the port", "an address in 198.18.0.2/24")),
    # Services.
    "no service": Wrong(_PORT, "", ("there is no service", "[service NAME] with handler and listen")),
    "no handler": Wrong(_service("listen = :7\n"), 4, ("'handler' is required", "echo, discard, chargen")),
    "unknown handler": Wrong(_service("handler = htpp\nlisten = :80\n"), 5,
                             ("'htpp' is not known", "did you mean 'http'?", "echo, discard, chargen")),
    "quotes": Wrong(_service('handler = "http"\nlisten = :80\n'), 5, ("did you mean 'http'?",)),
    "no listen": Wrong(_service("handler = echo\n"), 4, ("'listen' is required", ":80/tcp for every address")),
    "listen without a port": Wrong(_service("handler = echo\nlisten = 198.18.0.2\n"), 6,
                                   ("has no port", "ADDRESS:PORT")),
    "port without a colon": Wrong(_service("handler = echo\nlisten = 7\n"), 6, ("'7' has no ':' before the port",)),
    "IPv6 without brackets": Wrong(_service("handler = echo\nlisten = 2001:db8::1:7\n"), 6,
                                   ("IPv6 address without brackets", "[2001:db8::10]:80/tcp")),
    "listen on no port": Wrong(_service("handler = echo\nlisten = 192.0.2.1:7\n"), 6,
                               ("192.0.2.1:7 is on no port", "port p0 has 198.18.0.2/24, or :7 for all")),
    "two services of one port": Wrong(_BASE + "[service e2]\nhandler = echo\nlisten = :7\n", 9,
                                      (":7/tcp is taken by [service echo]", ":6)", "an address and port of its own")),
    "datagrams for a stream": Wrong(_service("handler = http\nlisten = :80/udp\n"), 6,
                                    ("http speaks no UDP", "handler = echo, discard, respond, module")),
    "missing root": Wrong(_service("handler = http\nlisten = :80\nroot = /nonexistent\n"), 7,
                          ("'/nonexistent' is not reachable (No such file", "a directory that exists")),
    "root of another handler": Wrong(_BASE + "root = /tmp\n", 7, ("'root' means nothing to handler = echo",
                                                                  "with handler = http")),
    # Workers, metrics, control.
    "CPU words": Wrong(_BASE + "[workers]\ncpus = all\n", 8,
                       ("'all' is not a list of CPU numbers", "(2-5,8), or auto")),
    "CPU twice": Wrong(_BASE + "[workers]\ncpus = 1,0-1\n", 8, ("names a CPU twice",)),
    "metrics without an address": Wrong(_BASE + "[metrics]\nlisten = :9559\n", 8,
                                        ("has no address", "127.0.0.1:9559", "or off")),
    "too long a name": Wrong(_BASE + f"[control]\ngroup = {'x' * 33}\n", 8, ("is too long", "at most 32 bytes")),
    # The bytes of the file.
    "NUL": Wrong(_BASE + "[tcp]\nmsl = 3\0s\n", 8, ("the control byte 0x00", "plain text")),
    "a very long line": Wrong(_BASE + f"[tcp]\nmsl = {'9' * 100000}\n", 8, ("9…' is out of range", "10ms to 10m")),
    "Windows line ends": Wrong((_BASE + "[tcp]\nmsl = fast\n").replace("\n", "\r\n"), 8,
                               ("msl = 'fast' is not a number",)),
    "byte order mark": Wrong("\ufeff" + _BASE + "[tcp]\nmsl = fast\n", 8, ("msl = 'fast' is not a number",)),
    "UTF-16": Wrong(_BASE.encode("utf-16"), 1, ("the file is in UTF-16", "UTF-8")),
    "no-break space": Wrong(_BASE + "[tcp]\nmsl =\u00a030s\n", 8, ("a no-break space (U+00A0)", "a blank")),
    # --set.
    "--set without a value": _set("tcp.msl", "has no '='", "SECTION.KEY=VALUE"),
    "--set without a section": _set("msl=1s", "has no section before the key", "did you mean 'tcp.msl'?"),
    "--set of a bad value": _set("tcp.msl=1", "in [tcp]: msl = '1' has no unit", "10ms to 10m"),
    "--set of an unknown key": _set("tcp.mls=1s", "unknown key 'mls'", "did you mean 'msl'?"),
    "--set of a mistyped service": _set("service.ehco.backlog=5", "no file has a section [service ehco]",
                                        "did you mean 'echo'?", "handler and listen"),
}


def _started(lab, path):
    return [what for what, there in (("the socket", os.path.exists(path)),
                                     ("the lock", os.path.exists(path + ".lock")),
                                     ("the interface", lab.ns.has_link("wrong0"))) if there]


def _expect_one_sentence(name, done, place, words):
    expect(done.returncode == 78, f"{name}: exit {done.returncode}: {done.stderr[-300:]}")
    lines = done.stderr.splitlines()
    expect(len(lines) == 2 and lines[1] == "1 error" and not done.stdout, f"{name}: {len(lines)} lines: {lines[:4]}")
    expect(lines[0].startswith(f"{place}: error: "), f"{name}: not at {place}: {lines[0][:200]}")
    expect("; accepted: " in lines[0] and len(lines[0]) < 600, f"{name}: not what is accepted: {lines[0][:200]}")
    for word in words:
        expect(word in lines[0], f"{name}: does not say {word!r}: {lines[0][:400]}")


@check("command-line", sanitizer=True)
def each_mistake_is_one_sentence_and_nothing_starts(lab):
    lab.ns = lab.namespace()
    socket = f"{lab.directory}/wrong.sock"
    path = pathlib.Path(lab.directory, "wrong.conf")
    for name, row in _ROWS.items():
        path.write_bytes(row.text if isinstance(row.text, bytes) else row.text.encode())
        done = run(lab.ns.command(lab.programs.weir, "-c", path, "--set", f"control.socket={socket}",
                                  *row.options), check=False, env=lab.programs.environment)
        place = f"{path}:{row.place}" if isinstance(row.place, int) else row.place or str(path)
        _expect_one_sentence(name, done, place, row.words)
        expect(not _started(lab, socket), f"{name}: started {_started(lab, socket)}")


@check("command-line", sanitizer=True)
def a_file_that_cannot_be_read_says_why(lab):
    """Missing, a directory, endless, another's, a drop-in; and the default that nobody has written."""
    file = pathlib.Path(lab.directory, "sub", "weir.conf")
    (file.parent / "conf.d").mkdir(parents=True)
    (file.parent / "conf.d" / "10-secret.conf").write_text("[tcp]\n")
    file.write_text(_BASE)

    def refusal(path, *before):
        done = run([*before, lab.programs.weir, "-t", "-c", str(path)], check=False, env=lab.programs.environment)
        expect(done.returncode == 78 and done.stderr.endswith("\n1 error\n"), f"{path}: {done}")
        return done.stderr
    for path, why in ((file.parent / "none.conf", "No such file or directory"), (file.parent, "it is a directory"),
                      ("/dev/zero", "larger than 1 MB")):
        expect(refusal(path).startswith(f"{path}: error: cannot be read: {why}") or why in refusal(path), refusal(path))
    os.chmod(lab.directory, 0o755)
    os.chmod(file.parent / "conf.d" / "10-secret.conf", 0)
    expect("10-secret.conf: error: cannot be read: Permission denied" in refusal(file, *NOBODY), refusal(file, *NOBODY))
    done = run(["unshare", "-m", "sh", "-c", "mount -t tmpfs none /etc; exec \"$0\"",
                lab.programs.weir], check=False, env=lab.programs.environment)
    expect(done.returncode == 78 and "there is no /etc/weir/weir.conf; accepted: another file (weir -c FILE" in done.stderr,
           f"{done}")
