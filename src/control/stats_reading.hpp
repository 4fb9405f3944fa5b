// Plain copies of the workers' counters, taken where they are consistent.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "control/engine_view.hpp"

namespace weir {

struct ServiceReading {
  std::uint64_t connections = 0, half_open = 0, accepted = 0, ended = 0, datagrams = 0;
  std::array<std::uint64_t, kMostServiceCounters> own{};  ///< what the service counts itself

  ServiceReading& operator+=(const ServiceReading& other) noexcept;
};

/// WorkerCounters as numbers that can be added.
struct WorkerReading {
  std::uint64_t received = 0, answered = 0, delivered = 0, consumed = 0, forwarded = 0, held = 0;
  std::array<std::uint64_t, kDropCount> dropped{}, refused{};
  std::uint64_t rx_packets = 0, rx_bytes = 0, tx_packets = 0, tx_bytes = 0;
  std::uint64_t handoff_in = 0, handoff_out = 0, rounds = 0, busy_rounds = 0;
  std::uint64_t busy_cycles = 0, total_cycles = 0, sleep_cycles = 0, flows = 0;
  std::array<std::uint64_t, kStageNames.size()> stage_cycles{};
  std::uint64_t bursts = 0;
  std::array<std::uint64_t, kMibCount> mib{};
  std::array<ServiceReading, kMaxServices> services{};
  bool consistent = true;  ///< taken between two bursts

  [[nodiscard]] std::uint64_t dropped_total() const noexcept;
  /// The first promise: every received frame has one verdict or is held.
  [[nodiscard]] bool adds_up() const noexcept;
  WorkerReading& operator+=(const WorkerReading& other) noexcept;
};

[[nodiscard]] WorkerReading reading_of(const WorkerCounters& counters) noexcept;

/// Each worker's counters as they stand between two of its bursts. A worker that does not answer is
/// read from outside and marked as not consistent.
[[nodiscard]] std::vector<WorkerReading> read_workers(EngineView& engine);

/// The same from outside, at once: each number is right, sums may be off by a burst.
[[nodiscard]] std::vector<WorkerReading> peek_workers(const EngineView& engine);

[[nodiscard]] WorkerReading sum_of(const std::vector<WorkerReading>& workers) noexcept;

}  // namespace weir
