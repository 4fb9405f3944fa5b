// The clock of the workers: the time stamp counter, calibrated by DPDK.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace weir {

/// Instants since the clock was made. Copies share the origin, so that all workers agree. Make it
/// after the EAL has started, which measures the counter's rate. Reading it is free for any thread.
class TscClock {
 public:
  TscClock() noexcept;

  /// Nanoseconds since the clock was made.
  [[nodiscard]] Instant now() const noexcept { return at(cycles()); }
  /// The counter as it is, for stage probes and busy time.
  [[nodiscard]] static std::uint64_t cycles() noexcept;
  [[nodiscard]] std::uint64_t hz() const noexcept { return hz_; }
  [[nodiscard]] Duration to_duration(std::uint64_t cycles) const noexcept;
  /// The instant at which the counter stood at `cycles`; the start for anything before it.
  [[nodiscard]] Instant at(std::uint64_t cycles) const noexcept {
    return Instant(cycles > origin_ ? to_duration(cycles - origin_) : Duration{0});
  }

 private:
  std::uint64_t origin_, hz_;
  std::uint64_t scale_;  // nanoseconds a cycle, times 2^32
};

}  // namespace weir
