// TLP: a probe when the acknowledgement of the last segments stays away (RFC 8985 §7).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/seq.hpp"

namespace weir::tcp {

struct TailLossProbe {
  static constexpr std::uint32_t kMaxAckDelayMs = 200;  // TLP.max_ack_delay

  bool outstanding = false;    ///< one probe at a time
  bool retransmitted = false;  ///< TLP.is_retrans: it repeated old text
  Seq end;                     ///< TLP.end_seq

  /// PTO (§7.2), in milliseconds, rounded up: 2 SRTT; a lone segment may wait for its delayed ACK.
  [[nodiscard]] static constexpr std::uint32_t timeout_ms(std::uint32_t srtt_us,
                                                          bool one_segment) noexcept {
    if (srtt_us == 0) return 1000;
    return std::max((2 * srtt_us + 999) / 1000, 2U) + (one_segment ? kMaxAckDelayMs : 0);
  }
  constexpr void sent(Seq nxt, bool repeats) noexcept {
    outstanding = true;
    retransmitted = repeats;
    end = nxt;
  }

  /// §7.4: what an ACK says of the probe. True when the probe has repaired a loss that nobody else
  /// noticed, so that congestion control should.
  [[nodiscard]] constexpr bool acknowledged(Seq ack, bool dsack_of_probe, bool plain_duplicate) {
    if (!outstanding || ack < end) return false;
    if (!retransmitted || dsack_of_probe) {
      outstanding = false;
      return false;
    }
    if (ack > end) {
      outstanding = false;
      return true;
    }
    if (plain_duplicate) outstanding = false;  // both arrived
    return false;
  }
};

}  // namespace weir::tcp
