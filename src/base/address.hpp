// Internet addresses: one 16-byte type for both families, IPv4 as a mapped address (RFC 4291
// §2.5.5.2).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// An IPv6 address, or an IPv4 address as ::ffff:a.b.c.d. Bytes in network order.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] static Address v4(std::uint32_t host_order) noexcept;
  [[nodiscard]] static Address v4(std::span<const std::uint8_t, 4> network_order) noexcept;
  [[nodiscard]] static Address v6(std::span<const std::uint8_t, 16> network_order) noexcept;
  /// Accepts "192.0.2.1" and "2001:db8::1"; nothing for anything else.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const noexcept {
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(bytes.data(), kMapped, sizeof kMapped) == 0;
  }
  [[nodiscard]] std::uint32_t v4_host_order() const noexcept {
    return std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 |
           std::uint32_t{bytes[14]} << 8 | bytes[15];
  }
  [[nodiscard]] std::span<const std::uint8_t, 4> v4_bytes() const noexcept {
    return std::span<const std::uint8_t, 16>(bytes).last<4>();
  }
  [[nodiscard]] bool is_unspecified() const noexcept;  // 0.0.0.0 or ::
  [[nodiscard]] bool is_multicast() const noexcept;    // 224.0.0.0/4 or ff00::/8
  [[nodiscard]] bool is_loopback() const noexcept;     // 127.0.0.0/8 or ::1
  [[nodiscard]] bool is_link_local() const noexcept;   // 169.254.0.0/16 or fe80::/10
  /// 255.255.255.255; a subnet's broadcast needs the prefix.
  [[nodiscard]] bool is_limited_broadcast() const noexcept;

  /// The two halves as numbers, for hashing and comparing.
  [[nodiscard]] std::uint64_t high() const noexcept { return word(0); }
  [[nodiscard]] std::uint64_t low() const noexcept { return word(8); }

  friend bool operator==(const Address& a, const Address& b) noexcept {
    return a.high() == b.high() && a.low() == b.low();
  }
  friend auto operator<=>(const Address&, const Address&) noexcept = default;

 private:
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

/// An address with the length of its network part, counted in its own family (0–32 or 0–128).
struct Prefix {
  Address address;
  std::uint8_t length = 0;

  /// "192.0.2.1/24"; without a length it is a host prefix.
  [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);
  [[nodiscard]] bool contains(const Address& other) const noexcept;
  /// Whether `other` is the broadcast address of this IPv4 prefix; never true for IPv6 or /31, /32.
  [[nodiscard]] bool is_broadcast(const Address& other) const noexcept;
  friend bool operator==(const Prefix&, const Prefix&) noexcept = default;
};
[[nodiscard]] std::string to_string(const Prefix& prefix);

}  // namespace weir
