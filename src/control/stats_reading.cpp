#include "control/stats_reading.hpp"

#include <memory>
#include <numeric>

namespace weir {
namespace {

template <std::size_t N>
std::array<std::uint64_t, N> values_of(const std::array<Counter, N>& counters) noexcept {
  std::array<std::uint64_t, N> values{};
  for (std::size_t i = 0; i < N; ++i) values[i] = counters[i].get();
  return values;
}

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) noexcept {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

ServiceReading reading_of(const ServiceCounters& s) noexcept {
  return {s.connections.get(), s.half_open.get(), s.accepted.get(),
          s.ended.get(),       s.datagrams.get(), values_of(s.own)};
}

}  // namespace

std::uint64_t WorkerReading::dropped_total() const noexcept {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

bool WorkerReading::adds_up() const noexcept {
  return received == answered + delivered + consumed + forwarded + dropped_total() + held;
}

ServiceReading& ServiceReading::operator+=(const ServiceReading& other) noexcept {
  connections += other.connections;
  half_open += other.half_open;
  accepted += other.accepted;
  ended += other.ended;
  datagrams += other.datagrams;
  add(own, other.own);
  return *this;
}

WorkerReading& WorkerReading::operator+=(const WorkerReading& other) noexcept {
  using Field = std::uint64_t WorkerReading::*;
  static constexpr Field kFields[] = {
      &WorkerReading::received,     &WorkerReading::answered,     &WorkerReading::delivered,
      &WorkerReading::consumed,     &WorkerReading::forwarded,    &WorkerReading::held,
      &WorkerReading::rx_packets,   &WorkerReading::rx_bytes,     &WorkerReading::tx_packets,
      &WorkerReading::tx_bytes,     &WorkerReading::handoff_in,   &WorkerReading::handoff_out,
      &WorkerReading::rounds,       &WorkerReading::busy_rounds,  &WorkerReading::busy_cycles,
      &WorkerReading::total_cycles, &WorkerReading::sleep_cycles, &WorkerReading::flows,
      &WorkerReading::bursts};
  for (Field field : kFields) this->*field += other.*field;
  add(dropped, other.dropped);
  add(refused, other.refused);
  add(mib, other.mib);
  add(stage_cycles, other.stage_cycles);
  for (std::size_t i = 0; i < services.size(); ++i) {
    services[i] += other.services[i];
  }
  consistent = consistent && other.consistent;
  return *this;
}

WorkerReading reading_of(const WorkerCounters& c) noexcept {
  WorkerReading r;
  r.received = c.received.get();
  r.answered = c.answered.get();
  r.delivered = c.delivered.get();
  r.consumed = c.consumed.get();
  r.forwarded = c.forwarded.get();
  r.held = c.held.get();
  r.dropped = values_of(c.dropped);
  r.refused = values_of(c.refused);
  r.rx_packets = c.rx_packets.get();
  r.rx_bytes = c.rx_bytes.get();
  r.tx_packets = c.tx_packets.get();
  r.tx_bytes = c.tx_bytes.get();
  r.handoff_in = c.handoff_in.get();
  r.handoff_out = c.handoff_out.get();
  r.rounds = c.rounds.get();
  r.busy_rounds = c.busy_rounds.get();
  r.busy_cycles = c.busy_cycles.get();
  r.total_cycles = c.total_cycles.get();
  r.sleep_cycles = c.sleep_cycles.get();
  r.flows = c.flows.get();
  r.stage_cycles = values_of(c.stage_cycles);
  r.bursts = c.bursts.get();
  for (std::size_t i = 0; i < kMibCount; ++i) r.mib[i] = c.mib.get(static_cast<Mib>(i));
  for (std::size_t i = 0; i < kMaxServices; ++i) r.services[i] = reading_of(c.services[i]);
  return r;
}

std::vector<WorkerReading> read_workers(EngineView& engine) {
  std::vector<WorkerReading> workers;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    // Shared, because a worker that is late may run the task after we stopped waiting for it.
    auto reading = std::make_shared<WorkerReading>();
    const WorkerCounters& counters = engine.counters(w);
    if (engine.run_on(w, [reading, &counters] { *reading = reading_of(counters); })) {
      workers.push_back(*reading);
    } else {
      workers.push_back(reading_of(counters));
      workers.back().consistent = false;
    }
  }
  return workers;
}

std::vector<WorkerReading> peek_workers(const EngineView& engine) {
  std::vector<WorkerReading> workers;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    workers.push_back(reading_of(engine.counters(w)));
    workers.back().consistent = false;
  }
  return workers;
}

WorkerReading sum_of(const std::vector<WorkerReading>& workers) noexcept {
  WorkerReading sum;
  for (const WorkerReading& worker : workers) sum += worker;
  return sum;
}

}  // namespace weir
