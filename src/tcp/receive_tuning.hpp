// How far the receive buffer has grown: dynamic right-sizing (Fisk, Feng: Dynamic Right-Sizing in
// TCP, 2001) in the 16 bits that a flow's line has for it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "flow/flow.hpp"

namespace weir::tcp {

/// Bytes of text that the connection may hold and offer: `initial`, doubled with each level, up to
/// `most`.
[[nodiscard]] inline std::uint32_t tuned_buffer(const Flow& flow, std::uint32_t initial,
                                                std::uint32_t most) noexcept {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::max(most, initial), std::uint64_t{initial} << flow.rcv_level));
}

/// Whether accepting text up to `rcv_nxt` passes a half of `buffer`: only then is there something
/// to think about, and more than the flow's line to be looked at.
[[nodiscard]] inline bool passes_half(const Flow& flow, Seq rcv_nxt,
                                      std::uint32_t buffer) noexcept {
  const int half = std::bit_width(buffer) - 2;
  return (flow.rcv_nxt.value() ^ rcv_nxt.value()) >> half != 0;
}

/// A half of `buffer` was passed at `ms`. Within a round trip that says that the buffer is what
/// limits the peer: then it doubles. Round trips below a millisecond need no more than the initial
/// one. The mark wraps after 4 s, so that a slow connection may grow by chance, up to `most`.
inline void tune_receive(Flow& flow, std::uint32_t buffer, std::uint32_t most, std::uint32_t rtt_us,
                         std::uint32_t ms) noexcept {
  constexpr std::uint32_t kMarkMask = 0xfff;
  const std::uint32_t took = (ms - flow.rcv_mark) & kMarkMask;
  flow.rcv_mark = static_cast<std::uint16_t>(ms & kMarkMask);
  if (took < rtt_us / 1000 && buffer < most && flow.rcv_level != 0xf) {
    flow.rcv_level = static_cast<std::uint16_t>((flow.rcv_level + 1U) & 0xf);
  }
}

}  // namespace weir::tcp
