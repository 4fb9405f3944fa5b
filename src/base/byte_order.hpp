// Integers in network byte order as types of their own, so that a swap cannot be forgotten.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace weir {

/// An unsigned integer stored big-endian at any alignment. Reads and writes go through host order.
template <class Host>
class BigEndian {
 public:
  BigEndian() = default;
  constexpr explicit BigEndian(Host host) noexcept { set(host); }

  [[nodiscard]] constexpr Host get() const noexcept {
    Host value = 0;
    for (std::uint8_t byte : bytes_) value = static_cast<Host>((value << 8) | byte);
    return value;
  }
  constexpr void set(Host host) noexcept {
    for (std::size_t i = sizeof(Host); i-- > 0; host = static_cast<Host>(host >> 8)) {
      bytes_[i] = static_cast<std::uint8_t>(host);
    }
  }
  constexpr BigEndian& operator=(Host host) noexcept {
    set(host);
    return *this;
  }
  constexpr operator Host() const noexcept { return get(); }  // NOLINT: reading is the point

 private:
  std::uint8_t bytes_[sizeof(Host)];
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1);
static_assert(sizeof(Be32) == 4 && alignof(Be32) == 1);

}  // namespace weir
