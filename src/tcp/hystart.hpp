// HyStart++: leaving slow start when the round-trip time rises, before the queue overflows
// (RFC 9406).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/seq.hpp"

namespace weir::tcp {

struct HyStart {
  static constexpr std::uint32_t kMinRttThreshUs = 4000, kMaxRttThreshUs = 16000;
  static constexpr std::uint32_t kMinRttDivisor = 8, kSamples = 8;
  static constexpr std::uint32_t kCssGrowthDivisor = 4, kCssRounds = 5;
  static constexpr std::uint32_t kNone = 0xffffffffU;

  std::uint32_t last_round = kNone, this_round = kNone;  ///< smallest RTT of a round, in us
  std::uint32_t css_baseline = kNone;
  Seq window_end;
  std::uint8_t samples = 0, css_rounds = 0;
  bool conservative = false;  ///< in CSS

  constexpr void start(Seq nxt) noexcept {
    *this = HyStart{};
    window_end = nxt;
  }
  /// An ACK of slow start. True when slow start is over (ssthresh = cwnd).
  [[nodiscard]] constexpr bool round_trip(std::uint32_t rtt_us, Seq una, Seq nxt) noexcept {
    if (rtt_us != 0) {
      this_round = std::min(this_round, rtt_us);
      if (samples < 255) ++samples;
    }
    if (samples >= kSamples && this_round != kNone && last_round != kNone) {
      if (!conservative) {
        const std::uint32_t thresh =
            std::clamp(last_round / kMinRttDivisor, kMinRttThreshUs, kMaxRttThreshUs);
        if (this_round >= last_round + thresh) {
          css_baseline = this_round;
          conservative = true;
          css_rounds = 0;
        }
      } else if (this_round < css_baseline) {
        conservative = false;  // the rise was a spike
      }
    }
    if (una < window_end) return false;
    window_end = nxt;
    last_round = this_round;
    this_round = kNone;
    samples = 0;
    return conservative && ++css_rounds >= kCssRounds;
  }
  /// How much of an ACK's bytes slow start may add to the window.
  [[nodiscard]] constexpr std::uint32_t growth(std::uint32_t acked) const noexcept {
    return conservative ? acked / kCssGrowthDivisor : acked;
  }
};

}  // namespace weir::tcp
