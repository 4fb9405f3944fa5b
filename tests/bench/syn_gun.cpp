// A flood of SYNs out of a port of DPDK: from random hosts of 198.18.0.0/15, with random ports and
// numbers, at a steady rate. Answers ARP for their router, so that the replies have somewhere to
// go.
//   syn-gun DEVICE TARGET-MAC TARGET ROUTER RATE SECONDS
// Prints "sent N refused N answers N" at the end.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/split_mix.hpp"
#include "dpdk/clock.hpp"
#include "dpdk/ethernet_port.hpp"
#include "wire/arp.hpp"
#include "wire/emit.hpp"

namespace weir {
namespace {

constexpr std::uint16_t kEchoPort = 7;

struct Orders {
  std::string device;
  Mac target_mac;
  Address target, router;
  double rate, seconds;
};

template <class T>
T value_of(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

Mac mac_of(const char* text) {
  Mac mac;
  unsigned b[6];
  if (std::sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) {
    throw std::runtime_error("no MAC: " + std::string(text));
  }
  for (std::size_t i = 0; i < 6; ++i) mac.bytes[i] = static_cast<std::uint8_t>(b[i]);
  return mac;
}

Address address_of(const char* text) {
  const auto address = Address::parse(text);
  if (!address) throw std::runtime_error("no address: " + std::string(text));
  return *address;
}

class Gun {
 public:
  Gun(const Orders& orders, EthernetPort& port, Mempool& mempool)
      : orders_(orders), port_(port), pool_(mempool.pool()) {}

  void fire(const TscClock& clock) {
    const Instant start = clock.now();
    for (double elapsed = 0; elapsed < orders_.seconds;
         elapsed = static_cast<double>((clock.now() - start).count()) * 1e-9) {
      const auto due = static_cast<std::uint64_t>(elapsed * orders_.rate);
      if (sent + refused < due) send_some(due - sent - refused);
      listen();
      if (sent + refused >= due) usleep(200);
    }
  }
  std::uint64_t sent = 0, refused = 0, answers = 0;

 private:
  Frame make_syn() {
    Frame frame = pool_.allocate();
    if (!frame) return frame;
    TcpHeader tcp;
    tcp.source_port = static_cast<std::uint16_t>(1024 + dice_.up_to(64'000));
    tcp.destination_port = kEchoPort;
    tcp.seq = Seq(static_cast<std::uint32_t>(dice_.next()));
    tcp.flags = kSyn;
    tcp.window = 0xffff;
    tcp.options.mss = 1460;
    tcp.options.has_window_scale = tcp.options.sack_permitted = true;
    tcp.options.window_scale = 7;
    tcp.options.has_timestamps = true;
    tcp.options.ts_value = static_cast<std::uint32_t>(dice_.next());
    IpHeader ip;
    ip.source = Address::v4(0xc6120000U | dice_.up_to(0x1ffff));
    ip.destination = orders_.target;
    ip.protocol = kProtoTcp;
    prepend_tcp(frame, tcp, ip, {});
    prepend_ip(frame, ip, 14, {});
    prepend_ethernet(frame, port_.info().mac, orders_.target_mac, kEtherIpv4, 0);
    return frame;
  }
  void send_some(std::uint64_t most) {
    std::array<Frame, 32> frames;
    std::size_t n = 0;
    while (n < frames.size() && n < most && (frames[n] = make_syn())) ++n;
    const std::uint32_t taken = port_.tx_burst(0, {frames.data(), n});
    sent += taken;
    refused += n - taken;
  }
  void listen() {
    Burst burst;
    while (port_.rx_burst(0, burst) != 0) {
      for (Frame& frame : burst) hear(frame);
      burst.clear();
    }
  }
  void hear(Frame& frame) {
    Link link;
    ArpMessage question;
    if (parse_link(frame, link)) return;
    if (link.ether_type == kEtherIpv4) ++answers;
    if (link.ether_type != kEtherArp || parse_arp(frame, link, question)) return;
    if (question.op != ArpOperation::request || question.target != orders_.router) return;
    const Mac ours = port_.info().mac;
    build_arp(frame, {ArpOperation::reply, ours, orders_.router, question.sender},
              question.sender_mac);
    prepend_ethernet(frame, ours, question.sender_mac, kEtherArp, 0);
    (void)port_.tx_burst(0, {&frame, 1});
  }

  const Orders& orders_;
  EthernetPort& port_;
  FramePool& pool_;
  SplitMix64 dice_{1};
};

int run(const Orders& orders) {
  const auto eal = value_of(Eal::start({.huge_pages = HugePageUse::no, .memory_mb = 64}));
  const auto mempool = value_of(Mempool::create({.name = "gun", .count = 8191}));
  Mempool* const pools[] = {mempool.get()};
  const auto port =
      value_of(EthernetPort::open(*eal, {.name = "gun", .device = orders.device}, pools));
  const TscClock clock;
  for (int i = 0; i < 5000 && !port->link().up; ++i) usleep(1000);
  if (!port->link().up) throw std::runtime_error("nobody at the other end of " + orders.device);
  Gun gun(orders, *port, *mempool);
  gun.fire(clock);
  std::printf("sent %llu refused %llu answers %llu\n", static_cast<unsigned long long>(gun.sent),
              static_cast<unsigned long long>(gun.refused),
              static_cast<unsigned long long>(gun.answers));
  return 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fputs("usage: syn-gun DEVICE TARGET-MAC TARGET ROUTER RATE SECONDS\n", stderr);
    return 2;
  }
  try {
    return weir::run({argv[1], weir::mac_of(argv[2]), weir::address_of(argv[3]),
                      weir::address_of(argv[4]), std::stod(argv[5]), std::stod(argv[6])});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "syn-gun: %s\n", error.what());
    return 1;
  }
}
