// RFC 9293 §3.10.8: what happens when a flow's deadline has come.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// Looks at every timer of the flow that is due: delayed ACK, retransmission, window probe, the
/// service's own, idle, FIN-WAIT-2, TIME-WAIT. Call finish() afterwards, as after a segment.
void deadline_reached(Flow& flow, const ServiceSettings& service, Context& ctx,
                      Outbox& out) noexcept;

}  // namespace weir::tcp
