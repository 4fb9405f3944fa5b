#include "load/clients.hpp"

#include <random>

#include "load/datagram_client.hpp"

namespace weir::load {
namespace {

constexpr std::uint32_t kMostPlaces = 65'534, kPorts = 64'512, kMostAddresses = 8192;

// The addresses that connections come from, not more than there is use for.
std::vector<Address> sources_of(const LoadPlan& plan, const LocalPort& port) {
  std::vector<Address> sources;
  if (!plan.sources) {
    for (const Prefix& p : plan.addresses) {
      if (p.address.is_v4() == plan.is_v4()) sources.push_back(p.address);
    }
    return sources;
  }
  const unsigned bits = (plan.is_v4() ? 32U : 128U) - plan.sources->length;
  const std::uint32_t all = bits >= 16 ? 65'536 : 1U << bits;
  Address address = plan.sources->address;
  for (std::uint32_t i = 0; i < all && sources.size() < kMostAddresses; ++i) {
    const std::uint32_t mask = all - 1;
    const auto low = static_cast<std::uint16_t>(address.bytes[14] << 8 | address.bytes[15]);
    const auto next = static_cast<std::uint16_t>((low & ~mask) | i);
    Address candidate = address;
    candidate.bytes[14] = static_cast<std::uint8_t>(next >> 8);
    candidate.bytes[15] = static_cast<std::uint8_t>(next);
    const bool edge = plan.is_v4() && all > 2 && (i == 0 || i == all - 1);
    if (!edge && port.owns(candidate)) sources.push_back(candidate);
  }
  return sources;
}

}  // namespace

Config config_of(const LoadPlan& plan) {
  Config config;
  PortConfig port;
  port.name = "load";
  port.device = plan.device;
  port.addresses = plan.addresses;
  port.gateway_v4 = plan.gateway_v4;
  port.gateway_v6 = plan.gateway_v6;
  port.mtu = plan.mtu;
  port.dad = false;
  if (plan.mode == Mode::udp) port.queues = 1;
  config.ports.push_back(port);
  config.workers.cpus = plan.cpus;
  if (plan.mode == Mode::udp && plan.cpus.size() > 1) config.workers.cpus.resize(1);
  config.workers.idle = IdleMode::poll;
  config.memory.hugepages = plan.hugepages;
  // What is in TIME-WAIT has a place too, for as short as can be: the tuples are needed again.
  config.tcp.max_flows = plan.connections + 65'536;
  config.tcp.flow_accounts = false;
  config.tcp.msl = 10ms;
  return config;
}

void add_places(const LoadPlan& plan, Snapshot& snapshot) {
  LocalPort& port = snapshot.ports[0];
  if (plan.sources) port.ranges.push_back(*plan.sources);
  ServiceLimits service;
  service.name = service.handler = "load";
  service.tcp.nagle = false;
  service.tcp.idle_ms = 0;  // the plan says how long connections are kept
  snapshot.services.push_back(service);
  if (plan.mode == Mode::syn_flood) {
    snapshot.rst_limit = 0;  // the flood's SYN-ACKs are to stay unanswered
    return;
  }
  const std::vector<Address> sources = sources_of(plan, port);
  const auto count = static_cast<std::uint32_t>(sources.size());
  const bool udp = plan.mode == Mode::udp;
  const std::uint32_t wanted = udp ? std::min(plan.connections, kMostPlaces) : kMostPlaces;
  const std::uint32_t places =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, std::uint64_t{count} * kPorts));
  for (std::uint32_t i = 0; i < places; ++i) {
    snapshot.listeners.add({sources[i % count], static_cast<std::uint16_t>(1024 + i / count),
                            udp ? Transport::udp : Transport::tcp, 0, false});
  }
}

EngineAdditions Clients::additions() {
  return {[this](Snapshot& snapshot) {
            add_places(plan_, snapshot);
            places_ = static_cast<std::uint32_t>(snapshot.listeners.size());
          },
          [this](std::uint16_t worker, std::uint16_t workers) { return make(worker, workers); },
          [this](std::uint16_t worker) { return actors_.at(worker).get(); }};
}

LoadReading Clients::read(const Engine& engine) const {
  LoadReading reading;
  for (const LoadCounters* counters : counters_) reading.add(*counters);
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) reading.add(engine.counters(w));
  return reading;
}

template <class T>
T& Clients::keep(std::unique_ptr<T> client) {
  T& kept = *client;
  counters_.push_back(&kept.counters());
  actors_.push_back(std::move(client));
  return kept;
}

std::vector<ServiceObjects> Clients::make(std::uint16_t worker, std::uint16_t workers) {
  Share share{plan_, worker, workers, places_, going_, stopping_};
  std::vector<ServiceObjects> services(1);
  if (plan_.mode == Mode::udp) {
    // Answers come by the one queue: its worker asks, the others have no share.
    if (worker == 0) share.workers = 1;
    services[0].udp = keep(std::make_unique<DatagramClient>(share)).make_service();
  } else if (plan_.mode == Mode::syn_flood) {
    keep(std::make_unique<Flood>(share, std::random_device{}()));
  } else {
    services[0].tcp = keep(std::make_unique<Client>(share)).make_service();
  }
  return services;
}

}  // namespace weir::load
