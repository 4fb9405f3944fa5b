// More than one worker, in one thread.
#pragma once

#include "measure.hpp"
#include "rig.hpp"

namespace weir::bench {

/// SYN -> SYN-ACK among `count` workers, each with its own tables: frames that come to their
/// owner, and (as `limit`) frames that all come to the first worker.
[[nodiscard]] Result with_workers(std::uint16_t count, const Effort& effort);

}  // namespace weir::bench
