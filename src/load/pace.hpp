// When the next thing is due: an open loop, which does not wait for answers.
#pragma once

#include <cmath>
#include <optional>

#include "base/clock.hpp"

namespace weir::load {

/// Events at a rate that grows evenly from nothing during `ramp` and stays then.
class Pace {
 public:
  /// `rate` a second, above 0.
  Pace(double rate, Duration ramp) noexcept
      : rate_(rate), ramp_(std::chrono::duration<double>(ramp).count()) {}

  void start(Instant now) noexcept { start_ = now; }
  /// The moment for which the next event was planned, if it has come; it counts as taken.
  [[nodiscard]] std::optional<Instant> next(Instant now) noexcept {
    const double n = static_cast<double>(taken_);
    // During the ramp, rate * t^2 / (2 * ramp) events are due at t.
    const double grown = rate_ * ramp_ / 2;
    const double at = n < grown ? std::sqrt(2 * ramp_ * n / rate_) : ramp_ / 2 + n / rate_;
    const Instant due = start_ + Duration(std::llround(at * 1e9));
    if (due > now) return std::nullopt;
    ++taken_;
    return due;
  }

 private:
  double rate_, ramp_;
  Instant start_{};
  std::uint64_t taken_ = 0;
};

}  // namespace weir::load
