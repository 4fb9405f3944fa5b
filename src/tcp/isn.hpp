// Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §5.4), both keyed per tuple.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/seq.hpp"
#include "flow/tuple_hash.hpp"

namespace weir::tcp {

/// ISN = M + F(tuple, secret), M the 4-microsecond clock of RFC 9293 §3.4.1.
[[nodiscard]] inline Seq initial_sequence(const TupleHash& tuple, Instant now) noexcept {
  const auto m = static_cast<std::uint32_t>(now.microseconds() / 4);
  return Seq(static_cast<std::uint32_t>(tuple.mark >> 32) + m);
}

[[nodiscard]] inline std::uint32_t timestamp_offset(const TupleHash& tuple) noexcept {
  return static_cast<std::uint32_t>(tuple.mark);
}
/// The millisecond clock as this tuple shows it in TSval.
[[nodiscard]] inline std::uint32_t timestamp_value(const TupleHash& tuple, Tick now) noexcept {
  return timestamp_offset(tuple) + now.value();
}

}  // namespace weir::tcp
