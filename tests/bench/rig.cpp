// Building the stack, writing what arrives, and the timed loop.
#include "rig.hpp"

#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/byte_order.hpp"
#include "service/discard.hpp"
#include "service/echo.hpp"
#include "service/http/http_service.hpp"
#include "support/nic.hpp"
#include "wire/emit.hpp"
#include "wire/tcp.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kBufferBytes = 2304;  // what an rte_mbuf with its room takes
constexpr std::uint32_t kSpareFrames = 4096;
constexpr Mac kOurs{{0x02, 0, 0, 0, 0, 1}}, kRouters{{0x02, 0, 0, 0, 0, 2}};
constexpr std::uint32_t kFirstHost = 0xc6120000U, kHosts = 0x20000;  // IPv4: 198.18.0.0/15

enum Service : std::uint16_t { kEchoService, kDiscardService, kHttpService, kServices };

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "the benchmark is void: %s\n", why);
  std::exit(1);
}

Address server(bool v6) { return *Address::parse(v6 ? "2001:db8::1" : "192.0.2.1"); }
Address router(bool v6) { return *Address::parse(v6 ? "2001:db8::ff" : "192.0.2.254"); }

// Sixty-four ports a host, so that peers differ in both.
Address host_of(std::uint32_t peer, bool v6) {
  if (!v6) return Address::v4(kFirstHost + peer / 64 % kHosts);
  Address a = *Address::parse("2001:db8:1::");
  const std::uint32_t host = peer / 64;
  for (unsigned i = 0; i < 4; ++i)
    a.bytes[12 + i] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
  return a;
}
std::uint16_t port_of(std::uint32_t peer) {
  return static_cast<std::uint16_t>(1024 + peer % 64 + peer / (64 * kHosts) * 64);
}

Snapshot make_snapshot(const RigSettings& settings) {
  Snapshot s;
  LocalPort port;
  port.info = {.name = "lan", .driver = "memory", .mac = kOurs, .offloads = {}};
  if (settings.offload) {
    port.info.offloads = {true, true, true, true, true, true, true};
    port.info.tx_extents = 16;
  }
  port.addresses = {*Prefix::parse("192.0.2.1/24"), *Prefix::parse("2001:db8::1/64")};
  port.gateway_v4 = router(false);
  port.gateway_v6 = router(true);
  s.ports.push_back(port);
  for (const char* name : {"echo", "discard", "http"}) {
    ServiceLimits limits;
    limits.name = limits.handler = name;
    limits.backlog = 1U << 30;
    limits.tcp.idle_ms = 3'600'000;
    s.services.push_back(limits);
  }
  for (const bool v6 : {false, true}) {
    s.listeners.add({server(v6), kEcho, Transport::tcp, kEchoService});
    s.listeners.add({server(v6), kDiscard, Transport::tcp, kDiscardService});
    s.listeners.add({server(v6), kHttp, Transport::tcp, kHttpService});
    s.listeners.add({server(v6), kEcho, Transport::udp, kEchoService});
  }
  s.max_flows = settings.max_flows;
  s.rst_limit = ~0ULL >> 20;
  if (settings.tune) settings.tune(s);
  return s;
}

std::vector<ServiceObjects> make_services(const RigSettings& settings, const WallClock& clock) {
  std::vector<ServiceObjects> services(kServices);
  services[kEchoService] = {std::make_unique<EchoService>(), std::make_unique<EchoDatagrams>()};
  services[kDiscardService].tcp =
      settings.discard ? settings.discard() : std::make_unique<DiscardService>();
  HttpContentSettings content;
  content.root = settings.root;
  if (settings.offload) {
    // Files where the port reads them, as DMA memory is for a NIC.
    content.memory = [](std::size_t n) { return std::make_unique<test::ReadableMemory>(n); };
  }
  auto loaded = HttpContent::load(content);
  if (!loaded) fail(loaded.error().message.c_str());
  services[kHttpService].tcp =
      std::make_unique<HttpService>(HttpSettings{}, clock, std::move(loaded).value());
  return services;
}

}  // namespace

Rig::Rig(const RigSettings& settings)
    : settings_(settings),
      memory_(std::size_t{settings.frames + kSpareFrames} * kBufferBytes),
      pool_(settings.frames + kSpareFrames, kBufferBytes - 128, 128),
      secrets_(Secrets::derive(1, 0x5eed)),
      snapshot_(make_snapshot(settings)),
      neighbours_(secrets_.jitter),
      counters_(std::make_unique<WorkerCounters>()) {
  // In an order of their own, as buffers come back from a driver after a while.
  std::vector<std::uint32_t> order(settings.frames + kSpareFrames);
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  SplitMix64 dice{7};
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[dice.up_to(static_cast<std::uint32_t>(i))]);
  }
  for (const std::uint32_t i : order) {
    pool_.put(static_cast<std::uint8_t*>(memory_.data()) + std::size_t{i} * kBufferBytes + 128);
  }
  for (const bool v6 : {false, true}) {
    neighbours_.write(neighbours_.home(router(v6)),
                      {router(v6), kRouters, Reachability::reachable, 0});
  }
  pipeline_ = std::make_unique<Pipeline>(
      PipelineParts{snapshot_, secrets_, neighbours_, settings.pool ? *settings.pool : pool_.pool(),
                    *counters_, make_services(settings_, clock_), settings.ownership});
  if (settings.recorded) {
    (void)pipeline_->record_into(
        std::make_unique<FlightRecorder>(FlightSettings{.max_flows = snapshot_.max_flows}));
  }
  sent_.reserve(settings.frames + kSpareFrames);
  frames_.resize(settings.frames);
  for (Frame& frame : frames_) frame = pool_.pool().allocate();
}

Rig::~Rig() {
  frames_.clear();
  sent_.clear();
}

void Rig::write(Frame& frame, std::uint32_t peer, Port port, std::uint32_t seq, std::uint32_t ack,
                std::uint8_t flags, std::uint32_t text, const char* bytes) const {
  frame.set_flags(0);
  frame.place(kHeaderRoom, text);
  if (bytes != nullptr) {
    std::memcpy(frame.bytes().data(), bytes, text);
  } else {
    std::memset(frame.bytes().data(), 'x', text);
  }
  TcpHeader header;
  header.source_port = port_of(peer);
  header.destination_port = port;
  header.seq = Seq(seq);
  header.ack = Seq(ack);
  header.flags = flags;
  header.window = 0xffff;
  if ((flags & kSyn) != 0) {
    header.options.mss = 1460;
    header.options.sack_permitted = true;
    header.options.has_window_scale = true;
    header.options.window_scale = 7;
  }
  if (settings_.timestamps) {
    header.options.has_timestamps = true;
    header.options.ts_value = static_cast<std::uint32_t>(now_.milliseconds());
    header.options.ts_echo = 1;
  }
  IpHeader ip;
  ip.source = host_of(peer, settings_.v6);
  ip.destination = server(settings_.v6);
  ip.protocol = kProtoTcp;
  prepend_tcp(frame, header, ip, {});
  prepend_ip(frame, ip, 14, {});
  finish(frame);
}

void Rig::finish(Frame& frame) const {
  prepend_ethernet(frame, kRouters, kOurs, settings_.v6 ? kEtherIpv6 : kEtherIpv4, 0);
  frame.set_port(0);
  if (settings_.offload) frame.set_flags(kRxIpChecksumGood | kRxL4ChecksumGood);
}

void Rig::write_syn(Frame& frame, std::uint32_t peer, Port port, std::uint32_t seq) const {
  write(frame, peer, port, seq, 0, kSyn, 0, nullptr);
}

void Rig::write_segment(Frame& frame, std::uint32_t peer, const Peer& from, Port port,
                        std::uint32_t text, std::uint8_t flags) const {
  write(frame, peer, port, from.seq, from.ack, static_cast<std::uint8_t>(kAck | flags), text,
        nullptr);
}

void Rig::write_text(Frame& frame, std::uint32_t peer, const Peer& from, Port port,
                     std::string_view text) const {
  write(frame, peer, port, from.seq, from.ack, kAck | kPsh, static_cast<std::uint32_t>(text.size()),
        text.data());
}

void Rig::write_datagram(Frame& frame, std::uint32_t peer, Port port, std::uint32_t text) const {
  frame.set_flags(0);
  frame.place(kHeaderRoom, text);
  std::memset(frame.bytes().data(), 'x', text);
  IpHeader ip;
  ip.source = host_of(peer, settings_.v6);
  ip.destination = server(settings_.v6);
  ip.protocol = kProtoUdp;
  prepend_udp(frame, port_of(peer), port, ip, {});
  prepend_ip(frame, ip, 14, {});
  finish(frame);
}

FlowKey Rig::key(std::uint32_t peer, std::uint16_t local) const {
  return {host_of(peer, settings_.v6), port_of(peer), local};
}

Rig::Left Rig::read_sent(const Frame& frame) const {
  const std::uint32_t ip = settings_.v6 ? 40 : 20;
  const std::uint8_t* const tcp = frame.bytes().data() + 14 + ip;
  std::uint32_t seq;
  std::memcpy(&seq, tcp + 4, sizeof seq);
  std::uint32_t host;
  std::memcpy(&host, tcp - 4, sizeof host);
  const std::uint32_t first = settings_.v6 ? 0 : kFirstHost;
  const std::uint32_t port = std::uint32_t{tcp[2]} << 8 | tcp[3];
  const std::uint32_t peer =
      (on_the_wire(host) - first) * 64 + (port - 1024) % 64 + (port - 1024) / 64 * (64 * kHosts);
  return {on_the_wire(seq), frame.packet_size() - 14 - ip - (tcp[12] >> 4) * 4U, tcp[13], peer};
}

std::uint64_t Rig::run(std::uint32_t burst) {
  const std::uint64_t begin = __rdtsc();
  pass(burst);
  return __rdtsc() - begin;
}

void Rig::pass(std::uint32_t burst) {
  TxBuffer& out = pipeline_->sender().buffer(0);
  Burst arrived;
  for (std::size_t i = 0; i < frames_.size(); i += burst) {
    const std::size_t end = std::min(frames_.size(), i + burst);
    for (std::size_t j = i; j < end; ++j) arrived.push(std::move(frames_[j]));
    pipeline_->process(arrived, now_);
    (void)pipeline_->expire(now_);
    pipeline_->transmit(now_);
    while (!out.empty()) {
      const std::span<Frame> left = out.front();
      for (Frame& frame : left) sent_.push_back(std::move(frame));
      out.pop(static_cast<std::uint32_t>(left.size()));
    }
    if (pipeline_->has_answers_left()) pipeline_->left_by(now_);
    now_ = now_ + kRound;
  }
}

void Rig::recycle() {
  std::size_t at = 0;
  for (Frame& frame : frames_) {
    if (frame) continue;
    while (at < sent_.size() && sent_[at].behind() != 0) sent_[at++].reset();
    if (at < sent_.size()) {
      frame = std::move(sent_[at++]);
    } else {
      frame = pool_.pool().allocate();
    }
    if (!frame) fail("frames were lost");
  }
  sent_.clear();
}

std::uint64_t Rig::open(std::uint32_t n, Port port) {
  std::uint64_t cycles = 0;
  const auto timed = [&] {
    const std::uint64_t begin = __rdtsc();
    pass(32);
    cycles += __rdtsc() - begin;
  };
  auto peer = static_cast<std::uint32_t>(peers_.size());
  peers_.resize(n);
  while (peer < n) {
    const std::uint32_t count =
        std::min<std::uint32_t>(n - peer, static_cast<std::uint32_t>(frames_.size()));
    std::vector<Frame> rest;
    for (std::size_t i = count; i < frames_.size(); ++i) rest.push_back(std::move(frames_[i]));
    frames_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) write_syn(frames_[i], peer + i, port, 1000);
    timed();
    if (sent_.size() != count) fail("a SYN was not answered");
    for (std::uint32_t i = 0; i < count; ++i) {
      peers_[peer + i] = {1001, read_sent(sent_[i]).seq + 1};
    }
    recycle();
    for (std::uint32_t i = 0; i < count; ++i)
      write_segment(frames_[i], peer + i, peers_[peer + i], port, 0);
    timed();
    if (!sent_.empty()) fail("the last ACK of a handshake was answered");
    recycle();
    for (Frame& frame : rest) frames_.push_back(std::move(frame));
    peer += count;
  }
  if (counters_->flows.get() != n) fail("connections were not opened");
  return cycles;
}

}  // namespace weir::bench
