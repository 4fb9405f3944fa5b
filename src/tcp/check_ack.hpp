// Fifth step of RFC 9293 §3.10.7.4: the acknowledgement and the window that came with it.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// Advances snd.una and snd.wnd, feeds RTT and congestion control, moves the states in which our
/// FIN is acknowledged. False when the segment goes no further.
[[nodiscard]] bool check_ack(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept;

}  // namespace weir::tcp
