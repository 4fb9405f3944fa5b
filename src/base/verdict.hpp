// What became of a received frame: exactly one of these, the first that fits.
#pragma once

#include <cstdint>

#include "base/drop.hpp"

namespace weir {

enum class Verdict : std::uint8_t {
  answered,   ///< a frame left because of it
  delivered,  ///< its text or datagram reached a service
  consumed,   ///< it only changed state
  forwarded,
  dropped,  ///< refused, with a reason
  held,     ///< not decided yet: out of order, or its reply waits for a neighbour (a gauge)
};

/// A verdict with its reason. A refused segment that was answered keeps the reason too: it counts
/// in the table of refusals, beside the verdicts.
struct Outcome {
  Verdict verdict = Verdict::consumed;
  bool has_reason = false;
  Drop reason{};

  [[nodiscard]] static constexpr Outcome of(Verdict v) noexcept { return {v, false, {}}; }
  [[nodiscard]] static constexpr Outcome drop(Drop d) noexcept {
    return {Verdict::dropped, true, d};
  }
  [[nodiscard]] static constexpr Outcome refused(Drop d) noexcept {
    return {Verdict::answered, true, d};
  }
};

}  // namespace weir
