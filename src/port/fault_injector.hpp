// A port with a bad cable: seeded loss, duplication, reordering, delay and damage, in given time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/split_mix.hpp"
#include "port/port.hpp"

namespace weir {

/// What happens to a frame, each with a probability of its own (0 to 1).
struct Faults {
  double loss = 0, duplicate = 0, reorder = 0, corrupt = 0;
  double outage = 0;  ///< that a frame is the first of an outage, which loses all of them
  Duration outage_for = 20ms;
  Duration delay{0};          ///< of every frame
  Duration jitter{0};         ///< at most so much more; order is kept
  Duration reorder_by = 5ms;  ///< how long a reordered frame is held back, at most
};

/// One direction of the cable. The same seed and the same calls give the same faults. Frames that
/// are still under way when it is destroyed go back to their pools. One thread.
class FaultLine {
 public:
  FaultLine(const Faults& faults, std::uint64_t seed) noexcept : faults_(faults), random_(seed) {}

  void set_faults(const Faults& faults) noexcept { faults_ = faults; }
  void put(Frame&& frame, Instant now);
  /// The next frame that has arrived by `now`, or one without a buffer.
  [[nodiscard]] Frame take(Instant now);
  /// When the next frame arrives, if one is under way.
  [[nodiscard]] std::optional<Instant> next() const;

  struct Counts {
    std::uint64_t passed = 0, lost = 0, duplicated = 0, reordered = 0, corrupted = 0;
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  struct UnderWay {
    Instant arrives;
    std::uint64_t number;
    Frame frame;
  };
  static bool later(const UnderWay& a, const UnderWay& b) noexcept {
    return a.arrives != b.arrives ? a.arrives > b.arrives : a.number > b.number;
  }
  [[nodiscard]] bool happens(double probability) noexcept;
  [[nodiscard]] Duration up_to(Duration most) noexcept;
  void send_off(Frame&& frame, Instant now);
  void damage(Frame& frame) noexcept;

  Faults faults_;
  SplitMix64 random_;
  std::uint64_t number_ = 0;
  Instant last_{}, outage_until_{};
  std::vector<UnderWay> heap_;  // the earliest in front
  Counts counts_;
};

/// A port between `P` and its user. Time stands still until set_now. A frame that was sent leaves
/// `P` at the first tx_burst after its arrival time, which may be one of no frames.
template <Port P>
class FaultInjector {
 public:
  /// `port` outlives this. Both directions have the same faults.
  FaultInjector(P& port, const Faults& faults, std::uint64_t seed) : port_(port) {
    for (std::uint16_t q = 0; q < port.info().rx_queues; ++q) in_.emplace_back(faults, seed += 2);
    for (std::uint16_t q = 0; q < port.info().tx_queues; ++q) out_.emplace_back(faults, ++seed);
  }

  void set_now(Instant now) noexcept { now_ = now; }
  [[nodiscard]] const PortInfo& info() const noexcept { return port_.info(); }
  [[nodiscard]] std::uint32_t rx_burst(std::uint16_t queue, Burst& burst) noexcept {
    Burst arrived;
    while (port_.rx_burst(queue, arrived) != 0) {
      for (Frame& frame : arrived) in_[queue].put(std::move(frame), now_);
      arrived.clear();
    }
    std::uint32_t n = 0;
    for (; !burst.full(); ++n) {
      Frame frame = in_[queue].take(now_);
      if (!frame) break;
      burst.push(std::move(frame));
    }
    return n;
  }
  [[nodiscard]] std::uint32_t tx_burst(std::uint16_t queue, std::span<Frame> frames) noexcept {
    for (Frame& frame : frames) out_[queue].put(std::move(frame), now_);
    for (Frame frame = out_[queue].take(now_); frame; frame = out_[queue].take(now_)) {
      // What a full port does not take is lost: one more fault.
      (void)port_.tx_burst(queue, {&frame, 1});
    }
    return static_cast<std::uint32_t>(frames.size());
  }
  /// When the next frame arrives in either direction.
  [[nodiscard]] std::optional<Instant> next() const {
    std::optional<Instant> best;
    for (const auto* lines : {&in_, &out_}) {
      for (const FaultLine& line : *lines) {
        if (const auto t = line.next(); t && (!best || *t < *best)) best = t;
      }
    }
    return best;
  }
  [[nodiscard]] FaultLine& in(std::uint16_t queue) { return in_.at(queue); }
  [[nodiscard]] FaultLine& out(std::uint16_t queue) { return out_.at(queue); }

 private:
  P& port_;
  Instant now_{};
  std::vector<FaultLine> in_, out_;
};

}  // namespace weir
