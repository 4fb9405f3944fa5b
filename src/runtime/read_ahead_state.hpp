// How read-ahead fares, in figures.
#pragma once

#include <cstdint>

namespace weir {

/// What `weirctl memory` and the metrics tell of it, of all workers together.
struct ReadAheadState {
  std::uint32_t chunk_bytes = 0;  ///< 0: off
  std::uint64_t chunks = 0, free = 0;
  std::uint64_t streams = 0,
                waiting = 0;           ///< responses that are being sent, and those without a chunk
  std::uint64_t reads = 0, bytes = 0;  ///< so far
  std::uint64_t failures = 0, overdue = 0;
};

}  // namespace weir
