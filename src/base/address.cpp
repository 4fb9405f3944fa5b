// Reading, writing and classifying Internet addresses.
#include "base/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace weir {

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

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

}  // namespace weir
