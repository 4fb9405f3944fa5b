// How our own blocks in a recording begin.
#pragma once

#include <cstdint>

namespace weir {

/// Then `bytes` bytes, filled up to a multiple of four.
struct LocalHead {
  static constexpr std::uint16_t kFacts = 0x8000;

  std::uint16_t kind = 0;  ///< FlightKind, or kFacts
  std::uint16_t worker = 0;
  std::uint32_t bytes = 0;
};
static_assert(sizeof(LocalHead) == 8);

}  // namespace weir
