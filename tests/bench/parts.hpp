// What the parts of a packet's way cost by themselves.
#pragma once

#include "measure.hpp"

namespace weir::bench {

/// Look-ups in bursts of 32 of random flows, their records touched.
[[nodiscard]] Result look_up(std::uint32_t flows, const Effort& effort);
/// A random flow leaves and comes back.
[[nodiscard]] Result erase_and_insert(std::uint32_t flows, const Effort& effort);
/// A timer set, moved once and fired, of `timers`.
[[nodiscard]] Result timers(std::uint32_t timers, const Effort& effort);
/// The checksum of so many bytes.
[[nodiscard]] Result checksum(std::uint32_t bytes, const Effort& effort);
/// The hash of a tuple, in bursts; the scalar one beside it.
[[nodiscard]] Result tuple_hashes(const Effort& effort);

}  // namespace weir::bench
