"""Every kind of device that DPDK can make here: it starts, is shown, and stops."""
import pathlib
import struct
import time

from harness import packets as p
from harness.lab import BOTH, ECHO, FILES, KERNEL4, WEIR4, Lab
from harness.net import Failure, expect, receive_exactly, url, wait_for
from harness.registry import check


def starts_and_stops(lab, device, name="weir", options=()):
    if not lab.namespaces:
        lab.ns = lab.namespace()
    weir = lab.daemon(lab.ns, name, lab.config(device), options)
    weir.wait_ready()
    ports = weir.json("ports")["ports"]
    expect(len(ports) == 1, f"{len(ports)} ports")
    return weir


def ends_well(weir):
    weir.check_sums()
    weir.stop()


@check("devices")
def null_counts_every_frame_under_a_name(lab):
    weir = starts_and_stops(lab, "net_null0")
    wait_for(lambda: weir.total("received") > 1000, 10, "a thousand empty frames")
    expect(sum(weir.dropped().values()) > 0, "nothing was dropped")
    weir.stop()


@check("devices")
def ring_starts(lab):
    ends_well(starts_and_stops(lab, "net_ring0"))


@check("devices")
def pcap_answers_from_file_to_file(lab):
    """An ARP request and a ping in a capture file; the answers are in the other."""
    mac = b"\x02\0\0\0\0\x01"
    # The PMD's own address, in broadcast as nobody has resolved it yet.
    requests = [p.arp_request(mac, KERNEL4, WEIR4)] * 3
    write_pcap(f"{lab.directory}/in.pcap", requests)
    out = pathlib.Path(lab.directory, "out.pcap")
    weir = starts_and_stops(lab, f"net_pcap0,rx_pcap={lab.directory}/in.pcap,tx_pcap={out}")
    wait_for(lambda: weir.total("answered") >= 3, 10, "three answers")
    ends_well(weir)
    replies = [f for f in read_pcap(out) if f[12:14] == b"\x08\x06" and f[:6] == mac]
    expect(len(replies) == 3, f"{len(replies)} ARP replies in the file")
    expect(replies[0][28:32] == p.packed(WEIR4), f"reply {replies[0].hex()}")


def write_pcap(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            frame = frame.ljust(60, b"\0")
            file.write(struct.pack("=IIII", 0, 0, len(frame), len(frame)) + frame)


def read_pcap(path):
    data = path.read_bytes()
    at = 24
    while at + 16 <= len(data):
        (size,) = struct.unpack_from("=I", data, at + 8)
        yield data[at + 16:at + 16 + size]
        at += 16 + size


@check("devices")
def memif_starts(lab):
    ends_well(starts_and_stops(
        lab, f"net_memif0,role=server,socket={lab.directory}/memif.sock,socket-abstract=no"))


@check("devices")
def vhost_and_virtio_user_meet(lab):
    """One weir is the virtual machine's device, another its driver, on one socket."""
    path = f"{lab.directory}/vhost.sock"
    far = starts_and_stops(lab, f"net_vhost0,iface={path}", "far")
    near = starts_and_stops(lab, f"virtio_user0,path={path}", "near")
    time.sleep(0.5)
    ends_well(near)
    ends_well(far)


@check("devices")
def af_xdp_answers(lab):
    xdp = Lab(lab.programs, lab.sizes, "af-xdp", device="net_af_xdp0")
    try:
        xdp.sizes = type(lab.sizes)(file_megabytes=1)
        xdp.start()
        expect("<" in xdp.get(WEIR4), "no page over AF_XDP")
        ends_well(xdp.weir)
    except Failure as failure:
        tail = xdp.weir.log_tail() if xdp.weir else ""
        raise Failure(f"{failure}; {tail}") from None
    finally:
        xdp.close()


@check("devices")
def two_workers_share_one_queue(lab):
    """A worker without a queue of its own is handed its flows, and sends through the owner's ring."""
    shared = Lab(lab.programs, lab.sizes, "one-queue", cpus="0,1", port_extra="queues = 1")
    try:
        shared.sizes = type(lab.sizes)(file_megabytes=4)
        shared.start()
        expect(shared.weir.json("ports")["ports"][0]["queues"]["rx"] == 1, "more than one queue")
        for i in range(32):
            with shared.ns.connect(BOTH[i % 2], ECHO) as s:
                s.sendall(b"whose?")
                expect(receive_exactly(s, 6) == b"whose?", f"connection {i}")
        for address in BOTH:
            target = f"{shared.directory}/got"
            shared.curl(url(address, "/big.bin", FILES), "-o", target)
            expect(pathlib.Path(target).read_bytes() ==
                   pathlib.Path(shared.www, "big.bin").read_bytes(), "the file is another one")
        workers = shared.weir.workers()
        expect([w["rx_packets"] > 0 for w in workers] == [True, False], "both received")
        expect(all(w["delivered"] > 0 for w in workers), "a worker served nobody")
        shared.weir.check_sums()
        shared.weir.stop()
    finally:
        shared.close()
