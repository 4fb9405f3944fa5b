// Header prediction (Jacobson 1990): the next text on a connection that waits for it, and nothing
// else, is most of what a server receives.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// If the segment is ESTABLISHED's expected one (text at rcv.nxt that fits the window,
/// acknowledging all that was sent, no flag but PSH, no mark), does for it what the steps of
/// segment_arrives would, to the bit. False when it is anything else: then nothing was touched.
[[nodiscard]] bool take_predicted(Flow& flow, const Segment& seg, Context& ctx,
                                  Outbox& out) noexcept;

}  // namespace weir::tcp
