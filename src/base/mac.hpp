// Ethernet addresses.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace weir {

/// A 48-bit Ethernet address in wire order.
struct Mac {
  std::array<std::uint8_t, 6> bytes{};

  [[nodiscard]] static constexpr Mac broadcast() noexcept {
    return Mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  }
  [[nodiscard]] bool is_group() const noexcept { return (bytes[0] & 1) != 0; }
  [[nodiscard]] bool is_broadcast() const noexcept { return *this == broadcast(); }
  [[nodiscard]] bool is_zero() const noexcept { return packed() == 0; }
  /// The six bytes in the low 48 bits, for an atomic word.
  [[nodiscard]] std::uint64_t packed() const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    return word;
  }
  [[nodiscard]] static Mac unpacked(std::uint64_t word) noexcept {
    Mac mac;
    std::memcpy(mac.bytes.data(), &word, mac.bytes.size());
    return mac;
  }
  friend bool operator==(const Mac& a, const Mac& b) noexcept { return a.packed() == b.packed(); }
};
static_assert(sizeof(Mac) == 6);

/// "02:00:00:00:00:01".
[[nodiscard]] inline std::string to_string(const Mac& mac) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (std::uint8_t byte : mac.bytes) {
    if (!text.empty()) text += ':';
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace weir
