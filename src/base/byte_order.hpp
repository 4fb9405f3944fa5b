// Integers in network byte order as types of their own, so that a swap cannot be forgotten.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "weir/byte_order.hpp"

namespace weir {

/// An unsigned integer stored big-endian at any alignment. Reads and writes go through host order.
template <class Host>
class BigEndian {
 public:
  BigEndian() = default;
  constexpr explicit BigEndian(Host host) noexcept { set(host); }

  [[nodiscard]] constexpr Host get() const noexcept {
    return on_the_wire(std::bit_cast<Host>(bytes_));
  }
  constexpr void set(Host host) noexcept { bytes_ = std::bit_cast<Bytes>(on_the_wire(host)); }
  constexpr BigEndian& operator=(Host host) noexcept {
    set(host);
    return *this;
  }
  constexpr operator Host() const noexcept { return get(); }  // NOLINT: reading is the point

 private:
  using Bytes = std::array<std::uint8_t, sizeof(Host)>;
  Bytes bytes_;
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1);
static_assert(sizeof(Be32) == 4 && alignof(Be32) == 1);

}  // namespace weir
