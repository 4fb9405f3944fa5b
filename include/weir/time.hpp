// Time as an argument: an instant and a duration.
#pragma once

#include <chrono>
#include <cstdint>

namespace weir {

using Duration = std::chrono::nanoseconds;

/// Nanoseconds since the start of the worker's clock; never goes back. Nothing below the worker's
/// loop reads a clock: it is handed one of these.
class Instant {
 public:
  constexpr Instant() noexcept = default;
  constexpr explicit Instant(Duration since_start) noexcept : since_start_(since_start) {}

  [[nodiscard]] constexpr Duration since_start() const noexcept { return since_start_; }
  [[nodiscard]] constexpr std::uint64_t microseconds() const noexcept {
    return static_cast<std::uint64_t>(since_start_.count()) / 1000;
  }
  /// Milliseconds since start; wraps after 49 days, compare with Tick's own operators.
  [[nodiscard]] constexpr std::uint32_t milliseconds() const noexcept {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(since_start_.count()) / 1'000'000);
  }

  friend constexpr Instant operator+(Instant i, Duration d) noexcept {
    return Instant(i.since_start_ + d);
  }
  friend constexpr Duration operator-(Instant a, Instant b) noexcept {
    return a.since_start_ - b.since_start_;
  }
  friend constexpr auto operator<=>(Instant, Instant) noexcept = default;

 private:
  Duration since_start_{0};
};

}  // namespace weir
