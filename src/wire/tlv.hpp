// The one walk over type-length-value options: TCP, IPv4, IPv6 and Neighbour Discovery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir {

/// How a family of options counts. An option is `length byte * unit + extra` bytes long as a whole.
struct TlvFormat {
  int end;  ///< the type that ends the list and has no length byte, or -1
  int pad;  ///< the type that is one byte of padding, or -1
  std::size_t unit, extra;
};
inline constexpr TlvFormat kTcpOptionFormat{0, 1, 1, 0};    // RFC 9293 §3.2
inline constexpr TlvFormat kIpv4OptionFormat{0, 1, 1, 0};   // RFC 791 §3.1
inline constexpr TlvFormat kIpv6OptionFormat{-1, 0, 1, 2};  // RFC 8200 §4.2
inline constexpr TlvFormat kNdOptionFormat{-1, -1, 8, 0};   // RFC 4861 §4.6

/// Calls visit(type, value) for each option in turn. A length that is too short to be true or leads
/// beyond the bytes ends the walk: every step is at least two bytes, so that it does end. Returns
/// whether the list was well formed.
template <class Visit>
bool walk_options(const TlvFormat& format, std::span<const std::uint8_t> bytes,
                  Visit&& visit) noexcept {
  while (!bytes.empty()) {
    const std::uint8_t type = bytes[0];
    if (type == format.end) return true;
    if (type == format.pad) {
      bytes = bytes.subspan(1);
      continue;
    }
    if (bytes.size() < 2) return false;
    const std::size_t size = bytes[1] * format.unit + format.extra;
    if (size < 2 || size > bytes.size()) return false;
    visit(type, bytes.subspan(2, size - 2));
    bytes = bytes.subspan(size);
  }
  return true;
}

}  // namespace weir
