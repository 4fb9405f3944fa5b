// Whether a fragment is sound by itself, before it is looked at beside the others.
#pragma once

#include "wire/packet.hpp"

namespace weir {

/// Drops: ip_fragment_malformed, ip_fragment_tiny, ip_fragment_too_long. What an IPv6 sender is to
/// be told is left in fragment.problem.
[[nodiscard]] Refusal check_fragment(Packet& fragment) noexcept;

}  // namespace weir
