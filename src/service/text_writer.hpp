// Writes text into a buffer of fixed size: what iostream and printf do, without heap and locale.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weir {

/// Appends to `room`, which outlives it. What does not fit is cut, and overflowed() says so.
class TextWriter {
 public:
  explicit TextWriter(std::span<char> room) noexcept : room_(room) {}

  TextWriter& operator<<(std::string_view text) noexcept {
    const std::size_t n = std::min(text.size(), room_.size() - length_);
    if (n > 0) std::memcpy(room_.data() + length_, text.data(), n);
    length_ += n;
    overflowed_ |= n < text.size();
    return *this;
  }
  template <std::integral Number>
  TextWriter& operator<<(Number number) noexcept {
    char digits[48]{};  // 20 would do; g++ 12 warns of to_chars' path for other bases
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }
  /// `number` with zeros in front, `width` digits in all (at most 9).
  TextWriter& padded(std::uint32_t number, std::size_t width) noexcept {
    char digits[9];
    for (std::size_t i = width; i-- > 0; number /= 10) {
      digits[i] = static_cast<char>('0' + number % 10);
    }
    return *this << std::string_view(digits, width);
  }

  [[nodiscard]] std::string_view text() const noexcept { return {room_.data(), length_}; }
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

 private:
  std::span<char> room_;
  std::size_t length_ = 0;
  bool overflowed_ = false;
};

}  // namespace weir
