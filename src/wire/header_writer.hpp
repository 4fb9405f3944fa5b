// A header written in words of 32 bits and summed on the way: reading it back for its checksum
// would wait for every byte of it to leave the store queue.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/byte_order.hpp"
#include "wire/checksum.hpp"

namespace weir {

/// Numbers of a header from their parts, the first of them the highest.
[[nodiscard]] constexpr std::uint16_t half_of(std::uint8_t high, std::uint8_t low) noexcept {
  return static_cast<std::uint16_t>(high << 8 | low);
}
[[nodiscard]] constexpr std::uint32_t word_of(std::uint16_t high, std::uint16_t low) noexcept {
  return std::uint32_t{high} << 16 | low;
}
[[nodiscard]] constexpr std::uint32_t word_of(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                              std::uint8_t d) noexcept {
  return word_of(half_of(a, b), half_of(c, d));
}

class HeaderWriter {
 public:
  /// There is room for all that will be written.
  explicit HeaderWriter(std::uint8_t* at) noexcept : at_(at) {}

  void word(std::uint32_t host_order) noexcept {
    const std::uint32_t image = on_the_wire(host_order);
    std::memcpy(at_, &image, sizeof image);
    at_ += sizeof image;
    sum_.add_value(host_order);
  }
  /// Of what was written so far.
  [[nodiscard]] const InternetSum& sum() const noexcept { return sum_; }

 private:
  std::uint8_t* at_;
  InternetSum sum_;
};

}  // namespace weir
