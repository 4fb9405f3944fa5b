// The IPv4 header as it stands on the wire (RFC 791 §3.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/byte_order.hpp"

namespace weir::layout {

struct Ipv4 {
  std::uint8_t version_ihl;
  std::uint8_t type_of_service;
  Be16 total_length;
  Be16 identification;
  Be16 flags_offset;  ///< reserved, DF, MF, then the offset in units of 8 bytes
  std::uint8_t time_to_live;
  std::uint8_t protocol;
  Be16 header_checksum;
  std::array<std::uint8_t, 4> source, destination;

  [[nodiscard]] unsigned version() const noexcept { return version_ihl >> 4; }
  [[nodiscard]] std::size_t header_length() const noexcept { return (version_ihl & 15U) * 4U; }
  /// Any part of a datagram that is not the whole of it.
  [[nodiscard]] bool is_fragment() const noexcept { return (flags_offset & 0x3fffU) != 0; }
  /// RFC 1122 §3.2.1.3: this network, loopback, multicast and everything above it (class E and the
  /// limited broadcast) never send.
  [[nodiscard]] bool has_possible_source() const noexcept {
    return source[0] != 0 && source[0] != 127 && source[0] < 224;
  }
};
static_assert(sizeof(Ipv4) == 20 && alignof(Ipv4) == 1);
static_assert(offsetof(Ipv4, protocol) == 9);

inline constexpr std::uint16_t kDontFragment = 0x4000;
inline constexpr std::uint8_t kLooseSourceRoute = 131, kStrictSourceRoute = 137;

}  // namespace weir::layout
