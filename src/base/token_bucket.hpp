// A token bucket: so many events a second, with a burst of one second's worth.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"

namespace weir {

/// Not shared between threads. A rate of zero lets nothing through.
class TokenBucket {
 public:
  TokenBucket() = default;
  /// Starts full: `burst` events may pass at once, then `per_second` of them.
  TokenBucket(std::uint64_t per_second, std::uint64_t burst) noexcept
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Takes one token if there is one.
  [[nodiscard]] bool take(Instant now) noexcept {
    refill(now);
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }

  [[nodiscard]] std::uint64_t rate() const noexcept { return per_second_; }

 private:
  void refill(Instant now) noexcept {
    const auto elapsed = static_cast<std::uint64_t>((now - last_).count());
    if (tokens_ >= burst_) {
      last_ = now;
      return;
    }
    if (per_second_ == 0) return;
    // A long pause refills it whole, and keeps the product below from overflowing.
    if (elapsed >= 1'000'000'000) {
      tokens_ = std::min(burst_, tokens_ + std::max(per_second_, burst_));
      last_ = now;
      return;
    }
    const std::uint64_t earned = elapsed * per_second_ / 1'000'000'000;
    if (earned == 0) return;
    tokens_ = std::min(burst_, tokens_ + earned);
    last_ = last_ + Duration(static_cast<std::int64_t>(earned * 1'000'000'000 / per_second_));
  }

  std::uint64_t per_second_ = 0, burst_ = 0, tokens_ = 0;
  Instant last_{};
};

}  // namespace weir
