// weir-load: from the command line to an engine with clients on it, and to the summary.
#include <sysexits.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <random>
#include <thread>

#include "load/datagram_client.hpp"
#include "load/report.hpp"
#include "runtime/engine.hpp"

namespace weir::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kBadCommandLine = 2;
constexpr Duration kTick = 1ms;
constexpr Duration kPatience = 3s;  // for what is in flight when the time is over, and for the way
constexpr Duration kAskAgain = 300ms, kTimeToLearn = 20ms, kQuiet = 30ms;
constexpr std::uint32_t kMostPlaces = 65'534, kPorts = 64'512, kMostAddresses = 8192;

std::atomic<bool> interrupted{false};
void interrupt(int) { interrupted.store(true); }

int fail(const std::string& message, int code) {
  std::fprintf(stderr, "weir-load: %s\n", message.c_str());
  return code;
}

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
  config.tcp.syn_retries = 3;
  return config;
}

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

// One service, and an end of connections for every source address and port.
void add_places(const LoadPlan& plan, Snapshot& snapshot) {
  LocalPort& port = snapshot.ports[0];
  if (plan.sources) port.ranges.push_back(*plan.sources);
  ServiceLimits service;
  service.name = service.handler = "load";
  service.tcp.nagle = false;
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

// The clients of all workers.
class Clients {
 public:
  explicit Clients(const LoadPlan& plan) : plan_(plan) {}

  [[nodiscard]] EngineAdditions additions() {
    return {[this](Snapshot& snapshot) {
              add_places(plan_, snapshot);
              places_ = static_cast<std::uint32_t>(snapshot.listeners.size());
            },
            [this](std::uint16_t worker, std::uint16_t workers) { return make(worker, workers); },
            [this](std::uint16_t worker) { return actors_.at(worker).get(); }};
  }
  void go() { going_.store(true); }
  void stop() { stopping_.store(true); }
  [[nodiscard]] LoadReading read(const Engine& engine) const {
    LoadReading reading;
    for (const LoadCounters* counters : counters_) reading.add(*counters);
    for (std::uint16_t w = 0; w < engine.worker_count(); ++w) reading.add(engine.counters(w));
    return reading;
  }

 private:
  std::vector<ServiceObjects> make(std::uint16_t worker, std::uint16_t workers) {
    const Share share{plan_, worker, workers, places_, going_, stopping_};
    std::vector<ServiceObjects> services(1);
    if (plan_.mode == Mode::udp) {
      auto client =
          std::make_unique<DatagramClient>(Share{plan_, 0, 1, places_, going_, stopping_});
      services[0].udp = client->make_service();
      employ(worker == 0 ? std::move(client) : nullptr);
    } else if (plan_.mode == Mode::syn_flood) {
      employ(std::make_unique<Flood>(share, std::random_device{}()));
    } else {
      auto client = std::make_unique<Client>(share);
      services[0].tcp = client->make_service();
      employ(std::move(client));
    }
    return services;
  }
  template <class T>
  void employ(std::unique_ptr<T> actor) {
    if (actor) counters_.push_back(&actor->counters());
    actors_.push_back(std::move(actor));
  }

  const LoadPlan& plan_;
  std::atomic<bool> going_{false}, stopping_{false};
  std::uint32_t places_ = 0;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::vector<const LoadCounters*> counters_;
};

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// The link comes up, and the next hop says where it is: else the first segments would be lost, and
// a second each. A server that met another MAC with our address learns of ours by the same
// question.
Result<bool> find_way(Engine& engine, const LoadPlan& plan) {
  const Address& target = plan.targets[0].address;
  const auto hop = engine.snapshot().ports[0].next_hop(target);
  if (!hop) {
    return Error{"no way to " + to_string(target) +
                 ": it is on no prefix of --address, and there "
                 "is no --gateway"};
  }
  const auto start = SteadyClock::now();
  auto asked = start - kAskAgain;
  bool up = false;
  while (!interrupted.load() && SteadyClock::now() - start < kPatience) {
    std::this_thread::sleep_for(kTick);
    up = up || engine.port_link(0).up;
    if (!up) continue;
    engine.housekeeping();
    if (SteadyClock::now() - asked >= kAskAgain) {
      asked = SteadyClock::now();
      (void)engine.run_on(0,
                          [target](Pipeline& pipeline) { pipeline.sender().inquire(target, 0); });
    }
    for (const NeighbourState& neighbour : engine.neighbours()) {
      if (neighbour.address != to_string(*hop)) continue;
      std::this_thread::sleep_for(kTimeToLearn);
      return true;
    }
  }
  if (!up) return Error{"the link of " + plan.device + " is down"};
  return Error{to_string(*hop) + " does not say where it is (" +
               (hop->is_v4() ? "ARP" : "neighbour discovery") + "): is it at the other end of " +
               plan.device + "?"};
}

// Until the time is over; a line a second. Returns how long it took.
double run_load(Engine& engine, Clients& clients, const LoadPlan& plan) {
  clients.go();
  const auto start = SteadyClock::now();
  LoadReading before = clients.read(engine);
  double told = 0;
  const double wanted = std::chrono::duration<double>(plan.time).count();
  while (!interrupted.load() && seconds_since(start) < wanted) {
    engine.housekeeping();
    std::this_thread::sleep_for(kTick);
    const double at = seconds_since(start);
    if (plan.quiet || at < told + 1) continue;
    LoadReading now = clients.read(engine);
    std::fprintf(stderr, "%s\n", progress_line(plan, at, at - told, before, now).c_str());
    before = std::move(now);
    told = at;
  }
  return seconds_since(start);
}

void let_end(Engine& engine, Clients& clients) {
  clients.stop();
  const auto start = SteadyClock::now();
  while (SteadyClock::now() - start < kPatience) {
    engine.housekeeping();
    std::this_thread::sleep_for(kTick);
    const LoadReading now = clients.read(engine);
    if (now.open + now.opening == 0 && now.requests == now.answers + now.failed + now.timed_out) {
      break;
    }
  }
}

// Until nothing comes any more: net_memif (DPDK 22.11) unmaps its rings at the other end when this
// one closes, and a worker that is just sending there would fall.
void let_be_quiet(Engine& engine, const Clients& clients) {
  const auto start = SteadyClock::now();
  std::uint64_t before = ~std::uint64_t{0};
  while (SteadyClock::now() - start < kPatience) {
    const std::uint64_t now = clients.read(engine).rx_packets;
    if (now == before) return;
    before = now;
    std::this_thread::sleep_for(kQuiet);
  }
}

int run(const std::vector<std::string>& arguments) {
  const auto request = parse_request(arguments);
  if (!request) {
    return fail(request.error().message + "\nTry 'weir-load -h'.", kBadCommandLine);
  }
  if (request.value().help) {
    std::cout << usage_text();
    return EX_OK;
  }
  if (request.value().version) {
    std::cout << "weir-load " WEIR_VERSION " (DPDK " WEIR_DPDK_VERSION ")\n";
    return EX_OK;
  }
  const LoadPlan& plan = request.value().plan;
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  Clients clients(plan);
  auto started = Engine::start(
      config_of(plan),
      [](EalLogLevel level, std::string_view line) {
        if (level == EalLogLevel::error) std::cerr << "weir-load: eal: " << line << '\n';
      },
      clients.additions());
  if (!started) return fail(started.error().message, started.error().exit_code);
  Engine& engine = **started;
  if (!plan.quiet) {
    for (const std::string& warning : engine.warnings()) {
      std::cerr << "weir-load: " << warning << '\n';
    }
  }
  if (const auto way = find_way(engine, plan); !way) {
    return fail(way.error().message, EX_UNAVAILABLE);
  }
  const double seconds = run_load(engine, clients, plan);
  const LoadReading at_end = clients.read(engine);
  let_end(engine, clients);
  let_be_quiet(engine, clients);
  const LoadReading all = clients.read(engine);
  const auto stopped = engine.stop();
  std::cout << (plan.json ? summary_json : summary_text)(plan, seconds, engine.worker_count(),
                                                         at_end, all);
  if (!stopped) return fail(stopped.error().message + "; please report this", EX_SOFTWARE);
  return all.is_clean(plan.mode) ? EX_OK : EXIT_FAILURE;
}

}  // namespace
}  // namespace weir::load

int main(int argc, char** argv) {
  if (__builtin_cpu_supports("sse4.2") == 0) {
    std::fputs("weir-load: this build needs SSE4.2; this CPU has none\n", stderr);
    return EX_UNAVAILABLE;
  }
  try {
    return weir::load::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "weir-load: internal error: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
