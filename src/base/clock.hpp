// The millisecond tick of timers; the instant that it is of is public.
#pragma once

#include <cstdint>

#include "weir/time.hpp"

namespace weir {

using namespace std::chrono_literals;

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
