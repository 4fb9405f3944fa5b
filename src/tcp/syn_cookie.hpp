// SYN cookies: a half-open connection whose whole state is in the sequence number (Bernstein 1996;
// RFC 4987 §3.6), and, when the peer sends timestamps, in the timestamp too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "base/seq.hpp"
#include "flow/tuple_hash.hpp"

namespace weir::tcp {

/// What a cookie keeps of a SYN.
struct CookieFacts {
  std::uint16_t mss = 536;
  std::uint8_t window_scale = 0;
  bool has_window_scale = false;
  bool sack = false;
};

/// The values that an MSS is rounded down to: 3 bits of the cookie.
inline constexpr std::array<std::uint16_t, 8> kCookieMss = {216,  536,  1200, 1360,
                                                            1400, 1440, 1460, 8960};

/// The ISN for a SYN-ACK: 24 bits of MAC over (tuple, irs, time, mss), 5 bits of time, 3 of mss.
///   | mac 24 | 64-second counter 5 | mss 3 |
[[nodiscard]] Seq make_cookie(const Secrets& secrets, const TupleHash& tuple, Seq irs,
                              std::uint16_t mss, Instant now) noexcept;

/// The MSS of a valid cookie that is at most two periods (64 to 128 seconds) old.
[[nodiscard]] std::optional<std::uint16_t> check_cookie(const Secrets& secrets,
                                                        const TupleHash& tuple, Seq irs, Seq cookie,
                                                        Instant now) noexcept;

/// Window scale and SACK in the low 5 bits of a TSval: it is made the latest value not in the
/// future that ends in those bits, as Linux does. | ... | sack 1 | scale 4 (15: none) |
[[nodiscard]] std::uint32_t cookie_timestamp(std::uint32_t ts_now, bool has_window_scale,
                                             std::uint8_t window_scale, bool sack) noexcept;
void read_cookie_timestamp(std::uint32_t ts_echo, CookieFacts& facts) noexcept;

}  // namespace weir::tcp
