// Reading, writing and classifying Internet addresses.
#include "base/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace weir {
namespace {

// The prefix length in the 128-bit form, where an IPv4 prefix starts behind the 96 mapped bits.
unsigned mapped_length(const Prefix& prefix) noexcept {
  return prefix.address.is_v4() ? 96U + prefix.length : prefix.length;
}

}  // namespace

Address Address::v4(std::uint32_t host_order) noexcept {
  Address a;
  a.bytes[10] = a.bytes[11] = 0xff;
  for (int i = 0; i < 4; ++i) {
    a.bytes[static_cast<std::size_t>(12 + i)] =
        static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return a;
}

Address Address::v4(std::span<const std::uint8_t, 4> network_order) noexcept {
  Address a;
  a.bytes[10] = a.bytes[11] = 0xff;
  std::memcpy(a.bytes.data() + 12, network_order.data(), 4);
  return a;
}

Address Address::v6(std::span<const std::uint8_t, 16> network_order) noexcept {
  Address a;
  std::memcpy(a.bytes.data(), network_order.data(), 16);
  return a;
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string zero_terminated(text);
  std::uint8_t raw[16];
  if (inet_pton(AF_INET, zero_terminated.c_str(), raw) == 1) {
    return v4(std::span<const std::uint8_t, 4>(raw, 4));
  }
  if (inet_pton(AF_INET6, zero_terminated.c_str(), raw) == 1) {
    return v6(std::span<const std::uint8_t, 16>(raw));
  }
  return std::nullopt;
}

bool Address::is_unspecified() const noexcept {
  return is_v4() ? v4_host_order() == 0 : high() == 0 && low() == 0;
}
bool Address::is_multicast() const noexcept {
  return is_v4() ? (bytes[12] & 0xf0) == 0xe0 : bytes[0] == 0xff;
}
bool Address::is_loopback() const noexcept {
  if (is_v4()) return bytes[12] == 127;
  static constexpr std::uint8_t kOne[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return std::memcmp(bytes.data(), kOne, 16) == 0;
}
bool Address::is_link_local() const noexcept {
  return is_v4() ? bytes[12] == 169 && bytes[13] == 254
                 : bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}
bool Address::is_limited_broadcast() const noexcept {
  return is_v4() && v4_host_order() == 0xffffffffU;
}

std::string to_string(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  if (address.is_v4()) {
    inet_ntop(AF_INET, address.bytes.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  }
  return text;
}

std::string to_string(const Address& address, std::uint16_t port) {
  const std::string host = to_string(address);
  return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned most = address->is_v4() ? 32 : 128;
  unsigned length = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > most) {
      return std::nullopt;
    }
  }
  return Prefix{*address, static_cast<std::uint8_t>(length)};
}

bool Prefix::contains(const Address& other) const noexcept {
  if (other.is_v4() != address.is_v4()) return false;
  const unsigned bits = mapped_length(*this);
  const unsigned whole = bits / 8;
  if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

bool Prefix::is_broadcast(const Address& other) const noexcept {
  if (!address.is_v4() || length >= 31 || !contains(other)) return false;
  const std::uint32_t host_part = ~std::uint32_t{0} >> length;
  return (other.v4_host_order() & host_part) == host_part;
}

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

}  // namespace weir
