// Sequence numbers: 32 bits that wrap (RFC 9293 §3.4).
#pragma once

#include <cstdint>

namespace weir {

/// A point in the sequence space. Comparisons hold while the two are less than 2^31 apart.
class Seq {
 public:
  constexpr Seq() noexcept = default;
  constexpr explicit Seq(std::uint32_t value) noexcept : value_(value) {}

  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }

  constexpr Seq& operator+=(std::uint32_t n) noexcept {
    value_ += n;
    return *this;
  }
  friend constexpr Seq operator+(Seq s, std::uint32_t n) noexcept { return Seq(s.value_ + n); }
  friend constexpr Seq operator-(Seq s, std::uint32_t n) noexcept { return Seq(s.value_ - n); }
  /// The signed distance from b to a.
  friend constexpr std::int32_t operator-(Seq a, Seq b) noexcept {
    return static_cast<std::int32_t>(a.value_ - b.value_);
  }
  friend constexpr bool operator==(Seq a, Seq b) noexcept = default;
  friend constexpr bool operator<(Seq a, Seq b) noexcept { return a - b < 0; }
  friend constexpr bool operator>(Seq a, Seq b) noexcept { return b < a; }
  friend constexpr bool operator<=(Seq a, Seq b) noexcept { return !(b < a); }
  friend constexpr bool operator>=(Seq a, Seq b) noexcept { return !(a < b); }

 private:
  std::uint32_t value_ = 0;
};

[[nodiscard]] constexpr Seq later(Seq a, Seq b) noexcept { return a < b ? b : a; }
[[nodiscard]] constexpr Seq earlier(Seq a, Seq b) noexcept { return a < b ? a : b; }

}  // namespace weir
