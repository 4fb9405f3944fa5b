// Whether the window was used, so that it may grow (RFC 7661).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/seq.hpp"

namespace weir::tcp {

/// The most that was in flight in this round trip and the one before, in bytes. A window of which
/// less than half was used says nothing about the path (§4.1: pipeACK < cwnd/2 is not validated).
struct WindowUse {
  Seq round_end;
  std::uint32_t most = 0, most_before = 0;

  constexpr void start(Seq nxt) noexcept {
    round_end = nxt;
    most = most_before = 0;
  }
  constexpr void in_flight(std::uint32_t bytes) noexcept { most = std::max(most, bytes); }
  /// snd.una moved; `bytes` stay in flight.
  constexpr void acknowledged(Seq una, Seq nxt, std::uint32_t bytes) noexcept {
    if (una < round_end) return;
    round_end = nxt;
    most_before = most;
    most = bytes;
  }
  [[nodiscard]] constexpr bool validated(std::uint32_t cwnd) const noexcept {
    return cwnd / 2 <= std::max(most, most_before);
  }
};

}  // namespace weir::tcp
