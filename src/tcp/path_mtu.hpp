// Path MTU discovery: routers that say what fits (RFC 1191, 8201), with the doubts of RFC 5927 §7,
// and black holes where nobody says (RFC 4821 §4, as far as going down).
#pragma once

#include <cstdint>

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// Smaller packets than these are asked for by attackers only: RFC 8200 §5; for IPv4 what Linux
/// takes as its least.
inline constexpr std::uint32_t kMinPathMtuV4 = 552, kMinPathMtuV6 = 1280;

/// A router says that a packet of ours that began at `quoted` was too big, and what would fit in
/// bytes (0: it does not say, RFC 1191 §5). False when nothing in flight can be meant, so that the
/// word is not taken.
[[nodiscard]] bool packet_too_big(Flow& flow, Seq quoted, std::uint32_t mtu, Context& ctx) noexcept;

/// The retransmission timer expired again: full segments may vanish where small ones pass.
void suspect_black_hole(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// What was in flight at the timeout has arrived.
void end_black_hole(Flow& flow, Cold& cold) noexcept;

}  // namespace weir::tcp
