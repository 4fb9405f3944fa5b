// weir-load: from the command line to an engine with clients on it, and to the summary.
#include <sysexits.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <thread>

#include "load/clients.hpp"

namespace weir::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kBadCommandLine = 2;
constexpr Duration kTick = 1ms;
constexpr Duration kPatience = 3s;  // for what is in flight when the time is over, and for the way
constexpr Duration kAskAgain = 300ms, kTimeToLearn = 20ms, kQuiet = 30ms;

std::atomic<bool> interrupted{false};
void interrupt(int) { interrupted.store(true); }

int fail(const std::string& message, int code) {
  std::fprintf(stderr, "weir-load: %s\n", message.c_str());
  return code;
}

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// The link comes up, and the next hop says where it is: else the first segments would be lost, and
// a second each. A server that met another MAC with our address learns of ours by the same
// question.
Result<bool> find_way(Engine& engine, const LoadPlan& plan) {
  std::vector<Target> unknown;  // one for each next hop
  std::vector<Address> hops;
  for (const Target& target : plan.targets) {
    const auto hop = engine.snapshot().ports[0].next_hop(target.address);
    if (!hop) {
      return Error{"no way to " + to_string(target.address) +
                   ": it is on no prefix of --address, and there is no --gateway"};
    }
    if (std::ranges::find(hops, *hop) != hops.end()) continue;
    hops.push_back(*hop);
    unknown.push_back(target);
  }
  const auto start = SteadyClock::now();
  auto asked = start - kAskAgain;
  bool up = false;
  while (!unknown.empty() && !interrupted.load()) {
    if (SteadyClock::now() - start >= kPatience) {
      if (!up) return Error{"the link of " + plan.device + " is down"};
      const Address& silent = hops.back();
      return Error{to_string(silent) + " does not say where it is (" +
                   (silent.is_v4() ? "ARP" : "neighbour discovery") +
                   "): is it at the other end of " + plan.device + "?"};
    }
    std::this_thread::sleep_for(kTick);
    up = up || engine.port_link(0).up;
    if (!up) continue;
    engine.housekeeping();
    if (SteadyClock::now() - asked >= kAskAgain) {
      asked = SteadyClock::now();
      (void)engine.run_on(0, [unknown](Pipeline& pipeline) {
        for (const Target& target : unknown) pipeline.sender().inquire(target.address, 0);
      });
    }
    for (const NeighbourState& neighbour : engine.neighbours()) {
      if (neighbour.address != to_string(hops.back())) continue;
      hops.pop_back();
      unknown.pop_back();
      break;
    }
  }
  std::this_thread::sleep_for(kTimeToLearn);
  return true;
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
    if (now.open + now.opening + now.in_flight == 0) break;
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
  const auto stopped = engine.stop();  // what is still open ends with it, and is counted as such
  const LoadReading all = clients.read(engine);
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
