// What both sides of a handshake do alike.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// What may be sent in a segment, after the peer's offer (0: none) and our own MTU. RFC 9293
/// MUST-15: 536 for IPv4, 1220 for IPv6, when the peer does not say. CVE-2019-11479: a tiny MSS
/// makes the sender work for its headers.
[[nodiscard]] std::uint16_t send_mss(std::uint16_t offered, const FlowKey& tuple,
                                     std::uint16_t local) noexcept;

/// RFC 7323 §2.2: the window of a SYN or SYN-ACK is never scaled.
[[nodiscard]] inline std::uint16_t syn_window(const Context& ctx) noexcept {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(ctx.settings.receive_buffer, 0xffff));
}

/// Our SYN is acknowledged by `seg`: ESTABLISHED, with the first measurement of the round trip.
/// `cold` may be absent (a connection from a cookie).
void establish(Flow& flow, Cold* cold, const Segment& seg, Context& ctx) noexcept;

}  // namespace weir::tcp
