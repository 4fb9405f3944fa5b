"""HTTP: files, the status page, load, slow clients."""
import hashlib
import json
import re
import time

from harness.lab import BOTH, FILES, seconds_of
from harness.net import expect, url
from harness.registry import check

ALL = ("one-worker", "two-workers", "af-packet")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@check(*ALL, sanitizer=True)
def a_large_file_arrives_unchanged(lab):
    expected = sha256(f"{lab.www}/big.bin")
    for address in BOTH:
        copy = f"{lab.directory}/copy.bin"
        lab.curl(url(address, "/big.bin", FILES), "-o", copy, timeout=180)
        expect(sha256(copy) == expected, f"{address}: another SHA-256")


@check("one-worker", sanitizer=True)
def http_answers_as_it_should(lab):
    small = open(f"{lab.www}/small.txt", encoding="ascii").read()
    for address in BOTH:
        there = url(address, "/small.txt", FILES)
        expect(lab.curl(there).stdout == small, f"{address}: the file differs")
        expect(lab.curl(there, "-r", "10-19").stdout == small[10:20], "range")
        head = lab.curl(there, "-I").stdout
        expect("200" in head and f"ontent-length: {len(small)}".lower() in head.lower(), head)
        expect("text/plain" in head.lower(), f"type of .txt: {head}")
        stamp = re.search(r"(?im)^last-modified: (.*?)\r?$", head)
        expect(stamp, f"no Last-Modified: {head}")
        expect(status(lab, there, "-H", f"If-Modified-Since: {stamp[1]}") == "304", "304")
        expect(status(lab, url(address, "/nothing", FILES)) == "404", "404")
        expect(status(lab, url(address, "/../../etc/passwd", FILES), "--path-as-is")
               in ("400", "403", "404"), "dot segments")
        expect(status(lab, there, "-X", "BREW") in ("405", "501"), "an unknown method")
        expect(status(lab, there, "-H", "X: " + "x" * 9000) in ("431", "400"), "long headers")
        expect(status(lab, url(address, "/healthz")) == "200", "/healthz")


def status(lab, target, *options):
    return lab.ns.run("curl", "-s", "--noproxy", "*", "-g", "--max-time", "10", "-o", "/dev/null",
                      "-w", "%{http_code}", *options, target).stdout


@check("one-worker", sanitizer=True)
def the_status_page_is_whole(lab):
    for path in ("/", "/status"):
        page = lab.get(BOTH[0], path)
        expect("<html" in page.lower() and "</html>" in page.lower(), f"{path} is no page")
        outside = re.findall(r"(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+", page)
        expect(not outside, f"{path} asks for {outside}")


@check("one-worker", sanitizer=True)
def pipelined_requests_are_answered_in_order(lab):
    for address in BOTH:
        s = lab.ns.connect(address, FILES)
        one = b"GET /%s HTTP/1.1\r\nHost: weir\r\n\r\n"
        last = b"GET /small.txt HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n"
        s.sendall(one % b"index.html" + one % b"nothing" + last)
        answer = b""
        while part := s.recv(65536):
            answer += part
        codes = re.findall(rb"HTTP/1\.1 (\d+)", answer)
        expect(codes == [b"200", b"404", b"200"], f"{address}: {codes}")


@check(*ALL, sanitizer=True)
def wrk_sees_no_error(lab):
    """200 connections on the status page and on a file of 1 kB."""
    for address in BOTH:
        for target in (url(address, "/"), url(address, "/small.txt", FILES)):
            seconds = lab.sizes.wrk_seconds
            out = lab.ns.run("wrk", "-t", 1, "-c", 200, "-d", f"{seconds}s", "--timeout", "5s",
                             target, timeout=seconds + 60).stdout
            expect("Socket errors" not in out and "Non-2xx" not in out,
                   f"{target}: {' '.join(out.split())}")
            rate = re.search(r"Requests/sec:\s*([\d.]+)", out)
            expect(rate and float(rate[1]) > 10, f"{target}: {' '.join(out.split())}")


@check(*ALL)
def slow_clients_do_not_hold_up_a_fast_one(lab):
    """150 that ask for a large file and do not read, 150 that never finish their headers."""
    crowd = []
    try:
        for i in range(300):
            address = BOTH[i % 2]
            s = lab.ns.connect(address, FILES, receive_buffer=4096)
            crowd.append(s)
            if i < 150:
                s.sendall(b"GET /big.bin HTTP/1.1\r\nHost: weir\r\n\r\n")
            else:
                s.sendall(b"GET /small.txt HTTP/1.1\r\nHo")
        for _ in range(3):
            for address in BOTH:
                took = seconds_of(lambda: lab.get(address, "/small.txt", FILES))
                expect(took < 1, f"{address}: a small file took {took:.2f} s")
            for s in crowd[:150]:
                s.recv(512)
            for s in crowd[150:]:
                s.send(b"x")
            time.sleep(0.2)
    finally:
        for s in crowd:
            s.close()


@check("one-worker", "two-workers", sanitizer=True)
def weirctl_speaks_json(lab):
    for noun in ("status", "stats", "drops", "flows", "ports", "workers", "services", "memory",
                 "version"):
        answer = lab.weir.json(noun)
        expect(answer.get("schema") == f"weir.{noun}.v1", f"{noun}: schema {answer.get('schema')}")
        text = lab.weir.ctl(noun).stdout
        expect(text.strip() and not text.lstrip().startswith("{"), f"weirctl {noun} is no text")
    refused = lab.weir.ctl("nonsense", check=False)
    expect(refused.returncode == 2, f"an unknown command exits with {refused.returncode}")
    raw = lab.ns.run("socat", "-t2", "-", f"UNIX:{lab.weir.socket}",
                     stdin='{"v":1,"cmd":"drops"}\n').stdout
    expect(json.loads(raw).get("schema") == "weir.drops.v1", f"by hand: {raw[:100]}")
