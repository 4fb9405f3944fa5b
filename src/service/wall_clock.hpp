// The time of day for workers, who read no clock: control writes it, services read it.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir {

/// Relaxed in both directions: the number stands for itself, nothing is published with it.
class WallClock {
 public:
  /// Control's thread, once a second or more often.
  void set(std::int64_t unix_seconds) noexcept {
    unix_seconds_.store(unix_seconds, std::memory_order_relaxed);
  }
  /// Any thread. Seconds since 1970-01-01 UTC; 0 = not set yet.
  [[nodiscard]] std::int64_t unix_seconds() const noexcept {
    return unix_seconds_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> unix_seconds_{0};  // control: writes, workers: read
};

}  // namespace weir
