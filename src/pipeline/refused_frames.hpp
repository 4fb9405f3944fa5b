// The last frames that were refused, with their first bytes: what `weirctl why` is told from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/mapped_memory.hpp"
#include "base/verdict.hpp"
#include "frame/frame.hpp"

namespace weir {

/// A frame that was dropped, or answered for a reason: RST, challenge ACK, ICMP error. Its verdict
/// is `held` when the answer had to wait for a neighbour, whatever became of it.
struct RefusedFrame {
  static constexpr std::size_t kMostBytes = 104;

  Instant at{};              ///< when its burst was received
  std::uint64_t number = 0;  ///< from 1 on, of this worker
  std::uint32_t length = 0;  ///< bytes of the frame
  Outcome outcome;
  std::uint8_t port = 0;
  std::uint8_t captured = 0;  ///< of `bytes`
  std::array<std::uint8_t, kMostBytes> bytes{};
};
static_assert(sizeof(RefusedFrame) == 136);

/// One worker's. Of each reason the first kASecond in a second are kept, so that a flood of one
/// neither costs much nor washes away the others at once; the counters miss none.
class RefusedFrames {
 public:
  static constexpr std::size_t kKept = 4096;
  static constexpr std::uint16_t kASecond = 256;

  RefusedFrames() : kept_(kKept * sizeof(RefusedFrame)) { left_.fill(kASecond); }

  /// Returns the number that it was kept under, or 0.
  std::uint64_t note(const Frame& frame, const Outcome& outcome, Instant now) noexcept {
    if (now - refilled_ >= 1s) refill(now);
    std::uint16_t& left = left_[index(outcome.reason)];
    if (left == 0) return 0;
    --left;
    return keep(frame, outcome, now);
  }
  /// It ended in another way: the answer did not leave. `number` is what note() returned.
  void correct(std::uint64_t number, const Outcome& outcome) noexcept {
    if (number != 0 && last_ - number < kKept) slots()[(number - 1) % kKept].outcome = outcome;
  }

  /// How many were kept since the start; the last of them has this number.
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  /// Appends those with numbers from `from` on, `most` of them, that are still there; returns the
  /// number to go on with, beyond last() at the end.
  std::uint64_t copy(std::uint64_t from, std::size_t most, std::vector<RefusedFrame>& out) const;

 private:
  void refill(Instant now) noexcept;
  std::uint64_t keep(const Frame& frame, const Outcome& outcome, Instant now) noexcept;
  [[nodiscard]] RefusedFrame* slots() const noexcept {
    return static_cast<RefusedFrame*>(kept_.data());
  }

  MappedMemory kept_;  // of RefusedFrame, a ring
  std::uint64_t last_ = 0;
  Instant refilled_{};
  std::array<std::uint16_t, kDropCount> left_{};
};

}  // namespace weir
