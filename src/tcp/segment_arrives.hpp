// A segment for a connection: RFC 9293 §3.10.7.4, step by step.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// Runs the steps for a flow in SYN-RECEIVED or a synchronized state. The verdict, an immediate
/// reply and the service's events are in the outbox; call finish() when the service has heard them.
/// `seg` is cut down to what is new on the way.
void segment_arrives(Flow& flow, Segment& seg, Context& ctx, Outbox& out) noexcept;

/// A flow in TIME-WAIT and a SYN that is newer than all it has seen: the flow may make room for a
/// new connection (RFC 9293 §3.10.7.4, MAY-2; RFC 6191).
[[nodiscard]] bool may_reopen(const Flow& flow, const Segment& seg) noexcept;

/// Keeps `rest`, accepted text in `frame` that its service did not consume, in the receive queue;
/// `seq` is its first sequence number. False when there is no memory to remember it.
[[nodiscard]] bool keep_unread(Flow& flow, Frame& frame, Seq seq,
                               std::span<const std::uint8_t> rest, Context& ctx) noexcept;

}  // namespace weir::tcp
