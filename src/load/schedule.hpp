// When the next thing is to be begun: in a closed loop as soon as there is a place for it, in an
// open loop at its time, whether answers come or not.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
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

/// What one worker is to begin.
class Schedule {
 public:
  /// `rate` a second, 0 for a closed loop; the clock of either starts with the first advance().
  Schedule(double rate, Duration ramp) : ramp_(ramp) {
    if (rate > 0) pace_.emplace(rate, ramp);
  }
  [[nodiscard]] bool is_open_loop() const noexcept { return pace_.has_value(); }

  /// Once a round, from when the load may begin.
  void advance(Instant now) {
    if (!started_) {
      started_ = now;
      if (pace_) pace_->start(now);
    }
    if (!pace_) return;
    for (unsigned i = 0; i < kMostARound; ++i) {
      const auto due = pace_->next(now);
      if (!due) return;
      if (waiting_.size() < kMostWaiting) {
        waiting_.push_back(*due);
      } else {
        ++given_up_;
      }
    }
  }
  /// Closed loop: how many of `all` places may be in use by now.
  [[nodiscard]] std::size_t allowed(std::size_t all, Instant now) const noexcept {
    if (pace_ || !started_ || now - *started_ >= ramp_) return all;
    const double part =
        static_cast<double>((now - *started_).count()) / static_cast<double>(ramp_.count());
    const auto grown = static_cast<std::size_t>(part * static_cast<double>(all));
    return std::min(all, std::max<std::size_t>(1, grown));
  }
  /// Open loop: whether something's time has come, and the time of the first.
  [[nodiscard]] bool is_due() const noexcept { return !waiting_.empty(); }
  [[nodiscard]] Instant due() const noexcept { return waiting_.front(); }
  void take() noexcept { waiting_.pop_front(); }
  /// Whose time came and that were not begun.
  [[nodiscard]] std::uint64_t behind() const noexcept { return waiting_.size() + given_up_; }

 private:
  static constexpr unsigned kMostARound = 4096;
  static constexpr std::size_t kMostWaiting = 1 << 20;  // then the server is not behind but gone

  Duration ramp_;
  std::optional<Pace> pace_;
  std::optional<Instant> started_;
  std::deque<Instant> waiting_;
  std::uint64_t given_up_ = 0;
};

}  // namespace weir::load
