// Pacing of the first flight, which no ACK paces (RFC 6928 §12 warns of its burst): a few segments
// at once, the rest spread over half a round trip (as RFC 9406 and BBR begin, 2 windows a round
// trip).
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace weir::tcp {

/// Of one sender, from a fresh congestion window to the first ACK of text.
struct InitialPacing {
  static constexpr std::uint32_t kAtOnce = 4;  ///< segments; RFC 5681's own initial window

  bool over = false;  ///< ACKs set the pace from here on
  bool begun = false;
  std::uint32_t since_us = 0;  ///< of the clock; the first flight is no hour long

  /// Bytes of a window of `window` that may have left by `now`; no limit when the round trip is
  /// unknown or too short for a millisecond timer, or when the time has let all of it go.
  [[nodiscard]] std::uint32_t allowed(std::uint32_t window, std::uint32_t mss,
                                      std::uint32_t srtt_us, Instant now) noexcept {
    constexpr std::uint32_t kNoLimit = 0xffffffffU;
    if (over || srtt_us < 4000) return kNoLimit;
    const auto now_us = static_cast<std::uint32_t>(now.microseconds());
    if (!begun) {
      begun = true;
      since_us = now_us;
    }
    const std::uint64_t us = now_us - since_us;
    const std::uint64_t bytes = kAtOnce * std::uint64_t{mss} + 2 * us * window / srtt_us;
    return bytes < window ? static_cast<std::uint32_t>(bytes) : kNoLimit;
  }
};

}  // namespace weir::tcp
