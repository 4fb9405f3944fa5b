"""Weir as a library: programs that stand on include/weir alone, and their services as modules of weir."""
import hashlib
import os
import pathlib
import socket
import subprocess
import threading

from harness.lab import BOTH, ECHO, KERNEL4, WEIR4, WEIR6, PLAIN_REST, PORT
from harness.net import expect, receive_all, receive_exactly, run, wait_for
from harness.registry import check

RELAY, BACKEND, REDIS = 8080, 9100, 6379
SOURCE = pathlib.Path(__file__).resolve().parents[3]

# What a user would write: twenty lines that are nowhere in this tree but here.
OUTSIDE = """#include <weir/weir.hpp>
struct Shout final : weir::TcpService {
  std::size_t on_text(weir::Connection& connection, weir::Text& text) noexcept override {
    std::size_t done = 0;
    for (const std::uint8_t byte : text.bytes) {
      const char big = byte >= 'a' && byte <= 'z' ? char(byte - 32) : char(byte);
      if (connection.send(std::string_view(&big, 1)) == 0) break;
      ++done;
    }
    return done;
  }
  void on_sent(weir::Connection& connection) noexcept override { connection.resume(); }
};
int main(int, char** argv) {
  weir::Server server;
  server.read_file(argv[1]);
  server.add_module("shout", {.make = [](const weir::ServiceOrder&) {
    return weir::Services{std::make_unique<Shout>(), nullptr};
  }});
  server.add_service("shout", "shout", {":7/tcp"});
  return server.run();
}
"""


def config(more=""):
    port = PORT.format(device="net_tap0,iface=weir0", WEIR4=WEIR4, SECOND4="198.18.0.3", WEIR6=WEIR6,
                       SECOND6="2001:db8::3", KERNEL4=KERNEL4, KERNEL6="2001:db8::1", extra="")
    return port + "[workers]\ncpus = 1\n" + PLAIN_REST + "[metrics]\nlisten = off\n" + more


def build_folder(lab):
    return pathlib.Path(lab.programs.weir).resolve().parent


def started(lab, name, program=None, options=(), more=""):
    if not lab.namespaces:
        lab.ns = lab.namespace()
    weir = lab.daemon(lab.ns, name, config(more), options, program)
    wait_for(lambda: lab.ns.has_link("weir0") or not weir.running(), 30 * lab.programs.patience, "no tap")
    expect(weir.running(), f"it ended: {weir.log_tail()}")
    lab.ns.give_addresses("weir0", f"{KERNEL4}/24", "2001:db8::1/64")
    weir.wait_ready()
    wait_for(lambda: lab.ns.run("ping", "-c", "1", "-W", "1", WEIR6, check=False).returncode == 0, 20, "no ping")
    return weir


def ended(weir):
    weir.check_sums()
    weir.stop()


@check("devices")
def an_outside_program_is_built_by_pkg_config(lab):
    """meson install into a folder, twenty lines, pkg-config, and somebody who talks to it."""
    place = pathlib.Path(lab.directory, "installed")
    run(["meson", "install", "-C", build_folder(lab), "--no-rebuild", "--quiet", "--destdir", place], timeout=300)
    found = list(place.rglob("weir.pc"))
    expect(len(found) == 1, f"{found} for weir.pc")
    source = pathlib.Path(lab.directory, "shout.cpp")
    source.write_text(OUTSIDE)
    environment = dict(os.environ, PKG_CONFIG_PATH=str(found[0].parent), PKG_CONFIG_SYSROOT_DIR=str(place))
    flags = run(["pkg-config", "--cflags", "--libs", "weir"], env=environment).stdout.split()
    program = pathlib.Path(lab.directory, "shout")
    run(["g++", "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags], timeout=300)
    library = next(place.rglob("libweir.so")).parent
    names = run(["nm", "-DC", "--defined-only", library / "libweir.so"]).stdout.splitlines()
    strange = [name for name in names if "weir::" not in name and "WEIR_0" not in name]
    expect(names and not strange, f"libweir.so shows {strange[:3]}")
    expect(not [n for n in names if "weir::Pipeline" in n or "weir::Engine" in n], "what is inside is seen")
    lab.programs.environment["LD_LIBRARY_PATH"] = str(library)
    try:
        weir = started(lab, "outside", program)
        for address in BOTH:
            s = lab.ns.connect(address, ECHO)
            s.sendall(b"quiet, please\n")
            expect(receive_exactly(s, 14) == b"QUIET, PLEASE\n", "it does not shout")
            s.close()
        ended(weir)
    finally:
        del lab.programs.environment["LD_LIBRARY_PATH"]


@check("devices", sanitizer=True)
def the_echo_example_answers(lab):
    weir = started(lab, "echo", build_folder(lab) / "tests/examples/example-echo")
    for address in BOTH:
        s = lab.ns.connect(address, ECHO)
        s.sendall(b"x" * 100_000)
        expect(receive_exactly(s, 100_000) == b"x" * 100_000, "another echo")
        s.close()
    ended(weir)


def backend(lab, stop):
    """Echoes until the client has sent its FIN."""
    with lab.ns.inside():
        listener = socket.create_server((KERNEL4, BACKEND))
    listener.settimeout(0.2)

    def serve(peer):
        with peer:
            while data := peer.recv(1 << 16):
                peer.sendall(data)
    threads = []
    while not stop.is_set():
        try:
            peer, _ = listener.accept()
        except TimeoutError:
            continue
        peer.settimeout(30)
        threads.append(threading.Thread(target=serve, args=(peer,)))
        threads[-1].start()
    listener.close()
    for thread in threads:
        thread.join()


@check("devices", sanitizer=True)
def the_relay_joins_connections(lab):
    """Half a megabyte each way on several connections at once, half closed; and a backend that is not there."""
    weir = started(lab, "relay", build_folder(lab) / "tests/examples/example-relay", (KERNEL4, BACKEND))
    stop = threading.Event()
    server = threading.Thread(target=backend, args=(lab, stop))
    server.start()
    failures = []

    def converse(address, i):
        try:
            text = os.urandom(500_000 + i)
            s = lab.ns.connect(address, RELAY, timeout=30)
            sender = threading.Thread(target=lambda: (s.sendall(text), s.shutdown(socket.SHUT_WR)))
            sender.start()
            got = receive_all(s)
            sender.join()
            s.close()
            if hashlib.sha256(got).digest() != hashlib.sha256(text).digest():
                failures.append(f"{len(got)} bytes of {len(text)} came back")
        except OSError as error:
            failures.append(str(error))
    clients = [threading.Thread(target=converse, args=(address, i)) for i in range(4) for address in BOTH]
    try:
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        stop.set()
        server.join()
    expect(not failures, f"{failures}")
    try:
        s = lab.ns.connect(WEIR4, RELAY)
        said = s.recv(1)
    except ConnectionResetError:
        said = "nothing, but a reset"
    expect(said == "nothing, but a reset", f"without a backend the relay says {said}")
    service = weir.json("services")["services"][0]
    listens = {place.rsplit(":", 1)[1] for place in service["listen"]}
    expect(listens == {f"{RELAY}/tcp"}, f"it listens on {service['listen']}")
    ended(weir)


def redis(lab, *words, address=WEIR4):
    return lab.ns.run("redis-cli", "-h", address, *words).stdout.strip()


@check("devices", sanitizer=True)
def the_key_value_example_speaks_redis(lab):
    weir = started(lab, "kv", build_folder(lab) / "tests/examples/example-kv")
    for address in BOTH:
        answers = [redis(lab, *words.split(), address=address) for words in (
            "PING", "SET a 1", "INCR a", "GET a", "DEL a nothing", "GET a", "SET b x PX 200", "MSET c 3 d 4",
            "MGET c nothing d", "INCR b", "EXISTS c d e", "NONSENSE")]
        expect(answers == ["PONG", "OK", "2", "2", "1", "", "OK", "OK", "3\n\n4",
                           "ERR value is not an integer or out of range", "2",
                           "ERR unknown command, or wrong number of arguments"], f"{address}: {answers}")
        wait_for(lambda: redis(lab, "GET", "b", address=address) == "", 5, "b does not expire")
    large = "v" * 300_000
    with lab.ns.connect(WEIR4, REDIS, timeout=20) as s:
        s.sendall(f"*3\r\n$3\r\nSET\r\n$1\r\nl\r\n${len(large)}\r\n{large}\r\n".encode())
        expect(receive_exactly(s, 5) == b"+OK\r\n", "a large value")
        s.sendall(b"*2\r\n$3\r\nGET\r\n$1\r\nl\r\n" * 3)
        whole = f"${len(large)}\r\n{large}\r\n".encode() * 3
        expect(receive_exactly(s, len(whole)) == whole, "a large value, three times")
        s.sendall(b"*1\r\n$x\r\n")
        expect(receive_all(s) == b"-ERR Protocol error\r\n", "no RESP")
    out = lab.ns.run("redis-benchmark", "-h", WEIR4, "-t", "set,get,incr,mset", "-n", "2000", "-c", "20", "-P", "8",
                     "--csv", timeout=60).stdout
    expect(out.count("\n") >= 5, out)
    counted = weir.json("services")["services"][0]["counters"]
    expect(counted["hits"] > 2000 and counted["misses"] >= 4 and counted["commands"] > 8000, f"{counted}")
    text = weir.ctl("services").stdout
    expect("hits" in text and "commands" in text, text)
    expect('weir_service_events_total{service="kv",event="hits"}' in weir.ctl("metrics").stdout, "no metric")
    ended(weir)


@check("devices", sanitizer=True)
def a_module_is_loaded_by_weir(lab):
    module = build_folder(lab) / "tests/examples/kv.so"
    more = f"[service kv]\nhandler = module\nmodule = {module}\nlisten = :{REDIS}\n"
    weir = started(lab, "module", more=more)
    expect(redis(lab, "SET", "a", "1") == "OK" and redis(lab, "GET", "a", address=WEIR6) == "1", "no store")
    path = pathlib.Path(weir.config)
    good = path.read_text()
    path.write_text(good.replace("kv.so", "none.so"))
    refused = weir.ctl("reload", check=False)
    expect(refused.returncode != 0 and "none.so: cannot open shared object" in refused.stdout + refused.stderr,
           f"exit {refused.returncode}: {refused.stdout}{refused.stderr}")
    expect(redis(lab, "GET", "a") == "1", "a refused reload changed something")
    path.write_text(good.replace("listen = :6379", "argument = other\nlisten = :6379"))
    weir.ctl("reload")
    expect(redis(lab, "GET", "a") == "", "an argument makes another service")
    ended(weir)


@check("devices")
def wrong_modules_are_refused_with_a_sentence(lab):
    if not lab.namespaces:
        lab.ns = lab.namespace()
    module = build_folder(lab) / "tests/examples/kv.so"
    text = pathlib.Path(lab.directory, "text.so")
    text.write_text("no shared object")
    service = "[service kv]\nhandler = module\nlisten = :6379\n"
    cases = (
        (service, "lacks a module"),
        (service + "module = kv\n", "module = 'kv' is not known"),
        (service + f"module = {text}\n", "text.so: file too short"),
        (service + "module = /lib/x86_64-linux-gnu/libc.so.6\n", "without WEIR_MODULE"),
        (service.replace(":6379", ":6379/udp") + f"module = {module}\n", "makes nothing for UDP"),
        (service + f"module = {module}\nclient-ports = 6000-7000\n", "client-ports = 6000-7000 are also where"),
        (service + f"module = {module}\nclient-ports = 7-\n", "has no ports from 1 to 65535"),
        ("[service e]\nhandler = echo\nlisten = :7\nmodule = x\n", "'module' means nothing to handler = echo"),
    )
    for i, (wrong, sentence) in enumerate(cases):
        weir = lab.daemon(lab.ns, f"wrong{i}", config(wrong))
        code = weir.process.wait(30 * lab.programs.patience)
        expect(code == 78 and sentence in weir.log_text(), f"{sentence}: exit {code}, {weir.log_text()}")
    twos = config(service + f"module = {module}\n").replace("cpus = 1", "cpus = 0,1")
    weir = lab.daemon(lab.ns, "two", twos)
    code = weir.process.wait(30 * lab.programs.patience)
    expect(code != 0 and "a store is one worker's" in weir.log_text(), f"exit {code}, {weir.log_text()}")
