// Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §5.4), both keyed per tuple.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "base/seq.hpp"
#include "flow/flow.hpp"

namespace weir::tcp {

/// The tuple's hash under `key`: `local` stands for (local address, local port).
[[nodiscard]] inline std::uint64_t tuple_hash(const SipKey& key, const FlowKey& tuple) noexcept {
  const std::uint64_t words[] = {tuple.remote.high(), tuple.remote.low(),
                                 std::uint64_t{tuple.remote_port} << 16 | tuple.local};
  return siphash(key, words);
}

/// ISN = M + F(tuple, secret), M the 4-microsecond clock of RFC 9293 §3.4.1.
[[nodiscard]] inline Seq initial_sequence(const Secrets& secrets, const FlowKey& tuple,
                                          Instant now) noexcept {
  const auto m = static_cast<std::uint32_t>(now.microseconds() / 4);
  return Seq(static_cast<std::uint32_t>(tuple_hash(secrets.isn, tuple)) + m);
}

/// The millisecond clock as this tuple shows it in TSval.
[[nodiscard]] inline std::uint32_t timestamp_value(const Secrets& secrets, const FlowKey& tuple,
                                                   Tick now) noexcept {
  return static_cast<std::uint32_t>(tuple_hash(secrets.timestamp_offset, tuple)) + now.value();
}

}  // namespace weir::tcp
