// The active side of a handshake: OPEN and SYN-SENT (RFC 9293 §3.10.1, §3.10.7.3).
#pragma once

#include <cstdint>

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// Makes `flow`, fresh from the table, SYN-SENT; the outbox has the SYN. `local_mss` comes from our
/// own MTU. False when there is no memory for it.
[[nodiscard]] bool open_active(Flow& flow, std::uint16_t local_mss, Context& ctx,
                               Outbox& out) noexcept;

/// A segment for a flow in SYN-SENT.
void syn_sent_arrives(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept;

/// The SYN once more.
[[nodiscard]] TcpHeader syn_again(Flow& flow, Context& ctx) noexcept;

}  // namespace weir::tcp
