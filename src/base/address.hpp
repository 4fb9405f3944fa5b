// Addresses with a network around them; the address itself is public.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_order.hpp"
#include "weir/address.hpp"

namespace weir {

/// An address with the length of its network part, counted in its own family (0–32 or 0–128).
struct Prefix {
  Address address;
  std::uint8_t length = 0;

  /// "192.0.2.1/24"; without a length it is a host prefix.
  [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);
  [[nodiscard]] bool contains(const Address& other) const noexcept {
    if (other.is_v4() != address.is_v4()) return false;
    // Behind the 96 bits of the mapped form, for IPv4.
    const unsigned bits = address.is_v4() ? 96U + length : length;
    const std::uint64_t high = on_the_wire(address.high() ^ other.high());
    const std::uint64_t low = on_the_wire(address.low() ^ other.low());
    if (bits == 0) return true;
    if (bits <= 64) return high >> (64 - bits) == 0;
    return high == 0 && low >> (128 - bits) == 0;
  }
  /// Whether `other` is the broadcast address of this IPv4 prefix; never true for IPv6 or /31, /32.
  [[nodiscard]] bool is_broadcast(const Address& other) const noexcept {
    if (!address.is_v4() || length >= 31) return false;
    const std::uint32_t host_part = ~std::uint32_t{0} >> length;  // seldom all ones: asked first
    return (other.v4_host_order() & host_part) == host_part && contains(other);
  }
  friend bool operator==(const Prefix&, const Prefix&) noexcept = default;
};
[[nodiscard]] std::string to_string(const Prefix& prefix);

}  // namespace weir
