// Which parts of a datagram have arrived: two bits for each 8 bytes of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weir {

/// One bit says that a unit is there, the other that a fragment begins with it. The work for a
/// fragment grows with its own size and never with the number of fragments (FragmentSmack).
class FragmentMap {
 public:
  static constexpr std::uint32_t kUnit = 8;
  static constexpr std::uint32_t kUnits = 65536 / kUnit;

  enum class Fit : std::uint8_t {
    fresh,      ///< nothing of it was there: it is now
    duplicate,  ///< a fragment with the same beginning and end was there
    overlap,    ///< some of it was there
  };

  /// A fragment over units [first, end).
  [[nodiscard]] Fit add(std::uint32_t first, std::uint32_t end) noexcept {
    if (count(there_, first, end) == 0) {
      fill(there_, first, end);
      fill(begins_, first, first + 1);
      return Fit::fresh;
    }
    const bool same_beginning = count(begins_, first, first + 1) == 1;
    const bool whole = count(there_, first, end) == end - first;
    const bool undivided = count(begins_, first + 1, end) == 0;
    const bool same_end =
        end == kUnits || count(there_, end, end + 1) == 0 || count(begins_, end, end + 1) == 1;
    return same_beginning && whole && undivided && same_end ? Fit::duplicate : Fit::overlap;
  }

 private:
  using Bits = std::array<std::uint64_t, kUnits / 64>;

  // The bits of [first, end) that lie in word `w`.
  [[nodiscard]] static std::uint64_t mask(std::uint32_t w, std::uint32_t first,
                                          std::uint32_t end) noexcept {
    const std::uint32_t from = std::max(first, w * 64) - w * 64;
    const std::uint32_t to = std::min(end, w * 64 + 64) - w * 64;  // 1 to 64
    return (~std::uint64_t{0} >> (64 - (to - from))) << from;
  }
  [[nodiscard]] static std::uint32_t count(const Bits& bits, std::uint32_t first,
                                           std::uint32_t end) noexcept {
    std::uint32_t n = 0;
    for (std::uint32_t w = first / 64; first < end && w * 64 < end; ++w) {
      n += static_cast<std::uint32_t>(__builtin_popcountll(bits[w] & mask(w, first, end)));
    }
    return n;
  }
  static void fill(Bits& bits, std::uint32_t first, std::uint32_t end) noexcept {
    for (std::uint32_t w = first / 64; first < end && w * 64 < end; ++w) {
      bits[w] |= mask(w, first, end);
    }
  }

  Bits there_{}, begins_{};
};

}  // namespace weir
