// Keep-alive (RFC 9293 §3.8.4, RFC 1122 §4.2.3.6): off unless a service asks for it.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "tcp/alarm.hpp"

namespace weir::tcp {

inline constexpr std::uint32_t kKeepAliveStepMs = 75'000;  ///< between two probes
/// Unanswered ones by which the peer is gone: not one alone (MUST-29).
inline constexpr std::uint8_t kKeepAliveProbes = 9;

/// Lives in the cold object, from the first probe to the next sign of life.
struct KeepAlive {
  Alarm next;
  std::uint8_t sent = 0;

  void heard() noexcept { *this = {}; }
};

}  // namespace weir::tcp
