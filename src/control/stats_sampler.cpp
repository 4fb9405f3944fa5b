#include "control/stats_sampler.hpp"

#include <algorithm>

#include "control/stats_reading.hpp"

namespace weir {
namespace {

constexpr std::size_t kSamples = 61;  // sixty intervals of a second

// A gauge or a restarted device may go back; a rate never does.
std::uint64_t increase(std::uint64_t from, std::uint64_t to) noexcept {
  return to > from ? to - from : 0;
}

}  // namespace

void StatsSampler::sample(const EngineView& engine, Time now) {
  Sample sample;
  sample.at = now;
  for (const WorkerReading& worker : peek_workers(engine)) {
    sample.workers.push_back(
        {worker.received, worker.busy_cycles, worker.total_cycles, worker.sleep_cycles});
    for (std::size_t i = 0; i < kDropCount; ++i) sample.dropped[i] += worker.dropped[i];
    for (std::size_t i = 0; i < kMaxServices; ++i) {
      sample.services[i].accepted += worker.services[i].accepted;
      sample.services[i].datagrams += worker.services[i].datagrams;
    }
  }
  for (std::size_t i = 0; i < engine.port_count(); ++i) {
    sample.ports.push_back(engine.port_stats(i));
  }
  note_traffic(sample);
  note_pools(engine);
  samples_.push_back(std::move(sample));
  if (samples_.size() > kSamples) samples_.pop_front();
}

void StatsSampler::note_traffic(const Sample& sample) {
  last_traffic_.resize(sample.ports.size());
  for (std::size_t i = 0; i < sample.ports.size(); ++i) {
    const std::uint64_t before = samples_.empty() ? 0 : last().ports[i].rx_packets;
    if (sample.ports[i].rx_packets > before) last_traffic_[i] = sample.at;
  }
}

void StatsSampler::note_pools(const EngineView& engine) {
  const std::vector<PoolState> pools = engine.pools();
  pool_lows_.resize(pools.size(), ~std::uint32_t{0});
  for (std::size_t i = 0; i < pools.size(); ++i) {
    pool_lows_[i] = std::min(pool_lows_[i], pools[i].free);
  }
}

std::optional<double> StatsSampler::port_quiet_for(std::size_t port, Time now) const {
  if (port >= last_traffic_.size() || !last_traffic_[port]) return std::nullopt;
  return std::chrono::duration<double>(now - *last_traffic_[port]).count();
}

std::optional<std::uint32_t> StatsSampler::pool_low(std::size_t pool) const {
  if (pool >= pool_lows_.size()) return std::nullopt;
  return pool_lows_[pool];
}

double StatsSampler::per_second(std::uint64_t from, std::uint64_t to, const Sample& first,
                                const Sample& second) {
  const double seconds = std::chrono::duration<double>(second.at - first.at).count();
  return seconds > 0 ? static_cast<double>(increase(from, to)) / seconds : 0;
}

WorkerRate StatsSampler::worker(std::uint16_t worker, double cycles_per_second) const {
  if (!has_rates() || worker >= before().workers.size()) return {};
  const WorkerSample& a = before().workers[worker];
  const WorkerSample& b = last().workers[worker];
  const auto busy = static_cast<double>(increase(a.busy_cycles, b.busy_cycles));
  const auto sleep = static_cast<double>(increase(a.sleep_cycles, b.sleep_cycles));
  const auto awake = static_cast<double>(increase(a.total_cycles, b.total_cycles));
  const double wall = std::chrono::duration<double>(last().at - before().at).count();
  // A worker that slept through the whole second has not written its cycles down yet.
  const double cycles = std::max({awake + sleep, wall * cycles_per_second, 1.0});
  const auto packets = static_cast<double>(increase(a.received, b.received));
  return {std::min(100.0, 100 * busy / cycles), std::min(100.0, 100 * sleep / cycles),
          packets > 0 ? busy / packets : 0, per_second(a.received, b.received, before(), last())};
}

PortRate StatsSampler::port(std::size_t port) const {
  if (!has_rates() || port >= before().ports.size()) return {};
  const PortStats& a = before().ports[port];
  const PortStats& b = last().ports[port];
  const auto rate = [this](std::uint64_t from, std::uint64_t to) {
    return per_second(from, to, before(), last());
  };
  return {rate(a.rx_packets, b.rx_packets), rate(a.tx_packets, b.tx_packets),
          8 * rate(a.rx_bytes, b.rx_bytes), 8 * rate(a.tx_bytes, b.tx_bytes),
          rate(a.rx_missed, b.rx_missed)};
}

ServiceRate StatsSampler::service(std::size_t service) const {
  if (!has_rates() || service >= kMaxServices) return {};
  const ServiceSample& a = before().services[service];
  const ServiceSample& b = last().services[service];
  return {per_second(a.accepted, b.accepted, before(), last()),
          per_second(a.datagrams, b.datagrams, before(), last())};
}

double StatsSampler::drops_last_second(Drop reason) const {
  if (!has_rates()) return 0;
  return per_second(before().dropped[index(reason)], last().dropped[index(reason)], before(),
                    last());
}

double StatsSampler::drops_last_minute(Drop reason) const {
  if (!has_rates()) return 0;
  const Sample& first = samples_.front();
  return per_second(first.dropped[index(reason)], last().dropped[index(reason)], first, last());
}

}  // namespace weir
