// The Internet checksum: sums, pseudo-headers, incremental update (RFC 1071, RFC 1624).
#pragma once

#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace weir {

/// A ones' complement sum that is still growing. The bytes are added as the machine's own words and
/// swapped once at the end (RFC 1071 §2(B)).
class InternetSum {
 public:
  /// A piece of odd length must be the last one.
  InternetSum& add(std::span<const std::uint8_t> bytes) noexcept;
  /// Adds a 32-bit value that stands in the header in network order.
  InternetSum& add_value(std::uint32_t host_order) noexcept;

  /// The sum as 16 bits in host order: 0xffff over intact bytes that include their checksum.
  [[nodiscard]] std::uint16_t folded() const noexcept;
  /// What a checksum field has to hold, in host order.
  [[nodiscard]] std::uint16_t checksum() const noexcept {
    return static_cast<std::uint16_t>(~folded());
  }

 private:
  std::uint64_t sum_ = 0;
};

/// The checksum of some bytes, in host order, to be stored in a field that was zero among them.
[[nodiscard]] inline std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) noexcept {
  return InternetSum().add(bytes).checksum();
}

/// The sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). `length` is that of the transport
/// header and its text.
[[nodiscard]] InternetSum pseudo_header_sum(const Address& source, const Address& destination,
                                            std::uint8_t protocol, std::uint32_t length) noexcept;

/// The checksum after a 16-bit field changed (RFC 1624, equation 3). All in host order.
[[nodiscard]] std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before,
                                             std::uint16_t after) noexcept;

}  // namespace weir
