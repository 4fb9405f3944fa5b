// Time as an argument: an instant, a duration, and the millisecond tick of timers.
#pragma once

#include <chrono>
#include <cstdint>

namespace weir {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

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

/// A millisecond of the worker's clock, modulo 2^32: what a flow's timers are kept in.
class Tick {
 public:
  constexpr Tick() noexcept = default;
  constexpr explicit Tick(std::uint32_t ms) noexcept : ms_(ms) {}
  constexpr explicit Tick(Instant i) noexcept : ms_(i.milliseconds()) {}

  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return ms_; }
  friend constexpr Tick operator+(Tick t, std::uint32_t ms) noexcept { return Tick(t.ms_ + ms); }
  /// Signed milliseconds from b to a.
  friend constexpr std::int32_t operator-(Tick a, Tick b) noexcept {
    return static_cast<std::int32_t>(a.ms_ - b.ms_);
  }
  friend constexpr bool operator==(Tick, Tick) noexcept = default;
  friend constexpr bool operator<(Tick a, Tick b) noexcept { return a - b < 0; }
  friend constexpr bool operator<=(Tick a, Tick b) noexcept { return a - b <= 0; }
  friend constexpr bool operator>(Tick a, Tick b) noexcept { return b < a; }
  friend constexpr bool operator>=(Tick a, Tick b) noexcept { return b <= a; }

 private:
  std::uint32_t ms_ = 0;
};

/// Whole milliseconds of a duration, rounded up, as the timers count them.
[[nodiscard]] constexpr std::uint32_t to_ms(Duration d) noexcept {
  return static_cast<std::uint32_t>((d.count() + 999'999) / 1'000'000);
}

}  // namespace weir
