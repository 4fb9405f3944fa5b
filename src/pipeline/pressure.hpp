// Whether a worker keeps up with what arrives, and how many new connections it had better refuse.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/split_mix.hpp"
#include "frame/burst.hpp"

namespace weir {

/// A queue that was never found empty during a millisecond may hold more than the worker can take,
/// or what a crowd of old connections has asked meanwhile, each of which waits for its answer: that
/// much it will always hold, and loses nothing. So it is sounded: only one that is half full is too
/// much. For each such millisecond a larger share of SYNs is refused, for each other one a smaller
/// share: what is refused costs little, what was accepted is served, and the queue is short again.
/// An integral controller on the queue's length as in PIE (RFC 8033). Some are always let in: a
/// queue that stands for another reason than new connections, such as an upload that fills it, must
/// not shut everybody out.
class Pressure {
 public:
  explicit Pressure(std::uint64_t seed) noexcept : dice_(seed) {}

  /// Once a round, before its receive calls: judges the time since the last one by what they saw.
  void advance(Tick now) noexcept {
    const std::int32_t passed = now - last_;
    if (passed <= 0) return;
    last_ = now;
    // Nothing was looked at: the worker could not have answered.
    if (seen_ == 0) return;
    stood_ = seen_ & ~emptied_;
    const bool stands = (stood_ & deep_) != 0;
    seen_ = emptied_ = sounded_ = deep_ = 0;
    // A worker that waited, or had something else to do, has not seen a queue stand for so long.
    const std::int32_t rise = std::min(passed, kMostAtOnce) * kRise;
    share_ = stands ? std::min(kMost, share_ + rise)
                    : std::max(0, share_ - std::min(passed, kAll / kFall) * kFall);
  }
  /// A receive call on one of the worker's queues, numbered by the caller from 0 to 31, brought so
  /// many frames. Less than a burst is all that there was, or all that there were buffers for.
  void saw(std::uint32_t queue, std::uint32_t frames) noexcept {
    const std::uint32_t bit = 1U << (queue % 32);
    seen_ |= bit;
    if (frames < kMaxBurst) emptied_ |= bit;
  }
  /// Whether it is to be found out how much that queue holds: once a millisecond while it stands.
  [[nodiscard]] bool wants_sounding(std::uint32_t queue) const noexcept {
    return (stood_ & ~sounded_ & 1U << (queue % 32)) != 0;
  }
  /// It was looked at: half full at least, or not.
  void sounded(std::uint32_t queue, bool half_full) noexcept {
    const std::uint32_t bit = 1U << (queue % 32);
    sounded_ |= bit;
    if (half_full) deep_ |= bit;
  }
  /// Whether the next new connection is to be refused.
  [[nodiscard]] bool refuses_next() noexcept {
    return share_ != 0 && static_cast<std::int32_t>(dice_.up_to(kAll - 1)) < share_;
  }
  /// Of new connections, 0 to 1.
  [[nodiscard]] double share() const noexcept { return static_cast<double>(share_) / kAll; }

 private:
  // From none to nearly all in a fifth of a second, so that a crowd that comes at once is no
  // overload; back in twice that.
  static constexpr std::int32_t kAll = 1 << 16, kMost = kAll - kAll / 32;
  static constexpr std::int32_t kRise = kAll / 200, kFall = kAll / 400, kMostAtOnce = 10;

  SplitMix64 dice_;
  std::uint32_t seen_ = 0, emptied_ = 0, sounded_ = 0, deep_ = 0;  // since advance(), by queue
  std::uint32_t stood_ = 0;                                        // before it
  std::int32_t share_ = 0;
  Tick last_{};
};

}  // namespace weir
