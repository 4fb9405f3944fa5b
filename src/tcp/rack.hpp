// RACK: a segment is lost when one sent sufficiently later was delivered (RFC 8985 §6).
#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/scoreboard.hpp"

namespace weir::tcp {

/// The smallest round-trip time of the last ten seconds or so, in microseconds; 0 without a sample.
/// Two half windows: cheap, and forgets a path that is gone.
struct MinRtt {
  static constexpr std::uint32_t kHalfWindowUs = 5'000'000;
  std::uint32_t current = 0, previous = 0, since_us = 0;

  constexpr void sample(std::uint32_t rtt_us, std::uint32_t now_us) noexcept {
    rtt_us = std::max(rtt_us, 1U);
    if (now_us - since_us > kHalfWindowUs) {
      previous = current;
      current = 0;
      since_us = now_us;
    }
    current = current == 0 ? rtt_us : std::min(current, rtt_us);
  }
  [[nodiscard]] constexpr std::uint32_t get() const noexcept {
    if (current == 0 || previous == 0) return std::max(current, previous);
    return std::min(current, previous);
  }
};

/// RACK's own variables (RFC 8985 §5.3), for one sender. Times in microseconds.
struct Rack {
  std::uint32_t sent_us = 0;  ///< RACK.xmit_ts of the latest delivered transmission
  Seq end;                    ///< RACK.end_seq
  std::uint32_t rtt_us = 0;   ///< RACK.rtt
  bool valid = false;
  std::uint8_t window_multiple = 1;  ///< RACK.reo_wnd_mult
  std::uint8_t persist = 16;         ///< recoveries until the multiple falls back to 1
  bool in_dsack_round = false;
  Seq dsack_round;

  /// Steps 1 and 2: the latest delivered transmission. One that was sent again and came back
  /// faster than any round trip was the first sending, late: it says nothing.
  constexpr void update(const Delivery& d, std::uint32_t min_rtt, std::uint32_t now_us) noexcept {
    if (!d.any) return;
    const std::uint32_t rtt = now_us - d.sent_us;
    if (d.resent && rtt < min_rtt) return;
    rtt_us = rtt;
    if (valid && !sent_after(d.sent_us, d.end, sent_us, end)) return;
    sent_us = d.sent_us;
    end = d.end;
    valid = true;
  }

  /// Step 4: how much later "sufficiently" is. `many_sacked`: three segments or more were SACKed
  /// (DupThresh), or recovery has begun.
  [[nodiscard]] constexpr std::uint32_t reordering_window(bool reordering_seen, bool many_sacked,
                                                          std::uint32_t min_rtt,
                                                          std::uint32_t srtt) const noexcept {
    if (!reordering_seen && many_sacked) return 0;
    return std::min(window_multiple * (min_rtt / 4), srtt);
  }

  /// A D-SACK: what was sent again had not been lost. Once a round trip the window grows.
  constexpr void duplicate_reported(Seq una, Seq nxt) noexcept {
    if (in_dsack_round && una < dsack_round) return;
    in_dsack_round = true;
    dsack_round = nxt;
    persist = 16;
    if (window_multiple < 20) ++window_multiple;
  }
  constexpr void recovery_ended() noexcept {
    if (persist != 0) --persist;
    if (persist == 0) window_multiple = 1;
  }
};

}  // namespace weir::tcp
