// One pass over everything that counts.
#include "metrics/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "control/histograms.hpp"
#include "control/readiness.hpp"

namespace weir {
namespace {

double unix_seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

auto count_neighbours(const EngineView& engine) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const LocalPort& port : engine.snapshot().ports) {
    for (const char* state : {"reachable", "stale"}) counts[{port.info.name, state}] = 0;
  }
  for (const NeighbourState& n : engine.neighbours()) ++counts[{n.port, n.state}];
  return counts;
}

}  // namespace

WorkerReading MetricsReading::sum() const noexcept {
  WorkerReading sum;
  for (const Worker& worker : workers) sum += worker.counts;
  return sum;
}

MetricsCollector::MetricsCollector(EngineView& engine, const ControlFacts& facts, Sources sources)
    : engine_(engine),
      facts_(facts),
      sources_(std::move(sources)),
      pulse_(engine),
      workers_(engine.worker_count()) {
  constant_.version = facts.version;
  constant_.dpdk_version = facts.dpdk_version;
  constant_.started = unix_seconds(std::chrono::system_clock::now());
  constant_.cycles_per_second = engine.cycles_per_second();
}

std::shared_ptr<const MetricsReading> MetricsCollector::take(Time now) {
  auto reading = std::make_shared<MetricsReading>(constant_);
  reading->taken = now;
  reading->loaded = unix_seconds(facts_.loaded_at);
  reading->reload_good = sources_.reload_good();
  reading->config_drift = drifted(now);
  reading->unready = why_not_ready(engine_);
  reading->log = sources_.log();
  reading->max_flows = engine_.snapshot().max_flows;
  for (std::size_t i = 0; i < engine_.port_count(); ++i) {
    reading->ports.push_back(
        {engine_.snapshot().ports.at(i).info.name, engine_.port_stats(i), engine_.port_link(i)});
  }
  read_workers_into(*reading);
  read_services_into(*reading);
  read_times_into(*reading);
  read_pools_into(*reading);
  reading->huge_pages = huge_pages_of_kernel();
  reading->neighbours = count_neighbours(engine_);
  reading->process = read_process();
  reading->status = sources_.status();
  return reading;
}

// A worker goes on counting while it is read, so that total - busy is seen too large at times, and
// smaller afterwards. Prometheus would take a counter that goes back for one that began anew.
void MetricsCollector::read_workers_into(MetricsReading& reading) {
  const std::vector<std::uint16_t> still = pulse_.look();
  for (std::uint16_t w = 0; w < engine_.worker_count(); ++w) {
    const WorkerReading counts = reading_of(engine_.counters(w));
    Memory& memory = workers_[w];
    if (counts.total_cycles > counts.busy_cycles) {
      memory.poll_cycles = std::max(memory.poll_cycles, counts.total_cycles - counts.busy_cycles);
    }
    const bool moves = std::ranges::find(still, w) == still.end();
    if (moves || !memory.moved) memory.moved = reading.taken;
    reading.workers.push_back({engine_.cpu(w), counts, memory.poll_cycles, {}, {}});
    const auto stood = reading.taken - *memory.moved;
    if (stood < kStandstill || !reading.unwell.empty()) continue;
    reading.unwell = fmt::format("worker {} on CPU {} has stood still for {} s", w, engine_.cpu(w),
                                 std::chrono::duration_cast<std::chrono::seconds>(stood).count());
  }
}

// One that a reload took away may have a successor of the same name: they are one to who looks on.
void MetricsCollector::read_services_into(MetricsReading& reading) const {
  const Snapshot& snapshot = engine_.snapshot();
  const WorkerReading sum = reading.sum();
  const std::size_t count = std::min(snapshot.services.size(), kMaxServices);
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& name = snapshot.services[i].name;
    const auto [place, is_new] = places.try_emplace(name, reading.services.size());
    if (is_new) reading.services.push_back({name, false, false, {}, {}, {}, {}});
    reading.services[place->second].counts += sum.services[i];
    if (!snapshot.services[i].retired) {
      reading.services[place->second].counters = snapshot.services[i].counters;
    }
  }
  for (const Listener& listener : snapshot.listeners.all()) {
    if (listener.service >= count) continue;
    const std::size_t place = places.at(snapshot.services[listener.service].name);
    MetricsReading::Service& service = reading.services[place];
    (listener.transport == Transport::tcp ? service.tcp : service.udp) = true;
  }
}

void MetricsCollector::read_times_into(MetricsReading& reading) const {
  for (const NamedHistogram& h : read_histograms(engine_, "loop", true)) {
    reading.workers[*h.worker].loop = seconds_of(h.reading);
  }
  for (const NamedHistogram& h : read_histograms(engine_, "rx_burst", true)) {
    reading.workers[*h.worker].rx_burst = frames_of(h.reading);
  }
  using Service = MetricsReading::Service;
  for (const auto& [name, of_service] : {std::pair{"handshake", &Service::handshake},
                                         {"rtt", &Service::rtt},
                                         {"request", &Service::request}}) {
    for (const NamedHistogram& h : read_histograms(engine_, name, false)) {
      const auto service = std::find_if(reading.services.begin(), reading.services.end(),
                                        [&](const Service& s) { return s.name == h.service; });
      (*service).*of_service = seconds_of(h.reading);
    }
  }
}

void MetricsCollector::read_pools_into(MetricsReading& reading) {
  reading.read_ahead = engine_.read_ahead();
  for (const PoolState& pool : engine_.pools()) {
    std::uint32_t& least = free_min_.try_emplace(pool.name, pool.free).first->second;
    least = std::min(least, pool.free);
    reading.pools.push_back({pool, least});
  }
}

bool MetricsCollector::drifted(Time now) {
  if (!drift_checked_ || now - *drift_checked_ >= kDriftPeriod) {
    drift_checked_ = now;
    drift_ = sources_.config_differs();
  }
  return drift_;
}

}  // namespace weir
