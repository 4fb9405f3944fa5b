// TCP Fast Open, the server's side (RFC 7413): a client that has shown before that it receives at
// its address may bring text on its SYN.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "wire/tcp_header.hpp"

namespace weir::tcp {

/// How long a cookie is given out; it is accepted for as long again (§4.1.2: keys must change).
inline constexpr Duration kFastOpenPeriod = 1h;

/// The cookie of a client: 64 bits of MAC over its address and the period.
[[nodiscard]] inline std::uint64_t fast_open_cookie(const Secrets& secrets, const Address& client,
                                                    std::uint64_t period) noexcept {
  return siphash(secrets.fast_open, {client.high(), client.low(), period});
}
[[nodiscard]] inline std::uint64_t fast_open_period(Instant now) noexcept {
  return static_cast<std::uint64_t>(now.since_start() / kFastOpenPeriod);
}
/// Whether the SYN's cookie is one that `client` was given within the last two periods.
[[nodiscard]] inline bool check_fast_open(const Secrets& secrets, const Address& client,
                                          const TcpOptions& options, Instant now) noexcept {
  if (options.fast_open != FastOpen::cookie) return false;
  const std::uint64_t period = fast_open_period(now);
  const std::uint64_t given = options.fast_open_cookie;
  return given == fast_open_cookie(secrets, client, period) ||
         (period != 0 && given == fast_open_cookie(secrets, client, period - 1));
}

}  // namespace weir::tcp
