// Was the retransmission needed? What it takes to know, and what is restored when it was not:
// Eifel (RFC 3522, 4015) by timestamps, F-RTO (RFC 5682) without, D-SACK (RFC 3708) afterwards.
#pragma once

#include <cstdint>

#include "tcp/congestion.hpp"

namespace weir::tcp {

/// F-RTO's step (RFC 5682 §2.1).
enum class Frto : std::uint8_t {
  none,
  head_resent,  ///< step 1: only the first segment was sent again
  new_text,     ///< step 2b: the next to leave is new text; the ACK of it decides
};

struct Spurious {
  Congestion before;      ///< as it was when the loss was declared
  bool possible = false;  ///< an episode is open that could be undone
  Frto frto = Frto::none;
  bool stamped = false;  ///< `stamp` is the TSval of the episode's first retransmission
  std::uint32_t stamp = 0;
  std::uint32_t resent = 0;  ///< bytes sent again in the episode and not reported as duplicate
  bool any_resent = false;

  void begin(const Congestion& now) noexcept {
    *this = Spurious{};
    before = now;
    possible = true;
  }
  void end() noexcept {
    possible = false;
    frto = Frto::none;
  }
  void sent_again(std::uint32_t bytes, bool timestamps, std::uint32_t ts_value) noexcept {
    if (!possible) return;
    if (!any_resent && timestamps) {
      stamped = true;
      stamp = ts_value;
    }
    any_resent = true;
    resent += bytes;
  }
  /// Eifel detection: the ACK that moves snd.una echoes something older than the retransmission.
  [[nodiscard]] bool echoes_original(std::uint32_t ts_echo) const noexcept {
    return possible && stamped && static_cast<std::int32_t>(ts_echo - stamp) < 0;
  }
  /// A D-SACK of `bytes`. True when every retransmission of the episode was a duplicate.
  [[nodiscard]] bool duplicate_reported(std::uint32_t bytes) noexcept {
    if (!possible || !any_resent) return false;
    resent -= bytes < resent ? bytes : resent;
    return resent == 0;
  }
};

}  // namespace weir::tcp
