// Internet addresses: one 16-byte type for both families, IPv4 as a mapped address (RFC 4291
// §2.5.5.2).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weir/byte_order.hpp"

namespace weir {

/// An IPv6 address, or an IPv4 address as ::ffff:a.b.c.d. Bytes in network order.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] static Address v4(std::uint32_t host_order) noexcept {
    return of_words(0, on_the_wire(kMapped | host_order));
  }
  [[nodiscard]] static Address v4(std::span<const std::uint8_t, 4> network_order) noexcept {
    std::uint32_t word;
    std::memcpy(&word, network_order.data(), sizeof word);
    return v4(on_the_wire(word));
  }
  [[nodiscard]] static Address v6(std::span<const std::uint8_t, 16> network_order) noexcept {
    Address a;
    std::memcpy(a.bytes.data(), network_order.data(), 16);
    return a;
  }
  /// Accepts "192.0.2.1" and "2001:db8::1"; nothing for anything else.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const noexcept {
    return high() == 0 && on_the_wire(low()) >> 32 == kMapped >> 32;
  }
  [[nodiscard]] std::uint32_t v4_host_order() const noexcept {
    return static_cast<std::uint32_t>(on_the_wire(low()));
  }
  [[nodiscard]] std::span<const std::uint8_t, 4> v4_bytes() const noexcept {
    return std::span<const std::uint8_t, 16>(bytes).last<4>();
  }
  /// 0.0.0.0 or ::
  [[nodiscard]] bool is_unspecified() const noexcept {
    return high() == 0 && (low() == 0 || low() == on_the_wire(kMapped));
  }
  /// 224.0.0.0/4 or ff00::/8
  [[nodiscard]] bool is_multicast() const noexcept {
    return is_v4() ? (bytes[12] & 0xf0) == 0xe0 : bytes[0] == 0xff;
  }
  /// 127.0.0.0/8 or ::1
  [[nodiscard]] bool is_loopback() const noexcept {
    return is_v4() ? bytes[12] == 127 : high() == 0 && low() == on_the_wire(std::uint64_t{1});
  }
  /// 169.254.0.0/16 or fe80::/10
  [[nodiscard]] bool is_link_local() const noexcept {
    return is_v4() ? bytes[12] == 169 && bytes[13] == 254
                   : bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  }
  /// 255.255.255.255; a subnet's broadcast needs the prefix.
  [[nodiscard]] bool is_limited_broadcast() const noexcept {
    return is_v4() && v4_host_order() == 0xffffffffU;
  }

  /// The two halves as numbers, for hashing and comparing.
  [[nodiscard]] std::uint64_t high() const noexcept { return word(0); }
  [[nodiscard]] std::uint64_t low() const noexcept { return word(8); }

  friend bool operator==(const Address& a, const Address& b) noexcept {
    return a.high() == b.high() && a.low() == b.low();
  }
  friend auto operator<=>(const Address&, const Address&) noexcept = default;

 private:
  static constexpr std::uint64_t kMapped = std::uint64_t{0xffff} << 32;  // what an IPv4's low() is

  // One store of sixteen bytes: what is read back at once comes from the store queue.
  [[nodiscard]] static Address of_words(std::uint64_t high, std::uint64_t low) noexcept {
    return std::bit_cast<Address>(std::array<std::uint64_t, 2>{high, low});
  }
  [[nodiscard]] std::uint64_t word(std::size_t at) const noexcept {
    std::uint64_t w;
    std::memcpy(&w, bytes.data() + at, sizeof w);
    return w;
  }
};
static_assert(sizeof(Address) == 16);

/// "192.0.2.1" or "2001:db8::1".
[[nodiscard]] std::string to_string(const Address& address);
/// "192.0.2.1:80" or "[2001:db8::1]:80".
[[nodiscard]] std::string to_string(const Address& address, std::uint16_t port);

}  // namespace weir
