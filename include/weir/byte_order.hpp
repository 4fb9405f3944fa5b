// Between the order of the host and that of the wire.
#pragma once

#include <bit>
#include <cstdint>

namespace weir {

/// Between host order and the order of the wire; its own inverse.
template <class Host>
[[nodiscard]] constexpr Host on_the_wire(Host value) noexcept {
  static_assert(sizeof(Host) == 2 || sizeof(Host) == 4 || sizeof(Host) == 8);
  if constexpr (std::endian::native == std::endian::big) return value;
  if constexpr (sizeof(Host) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Host) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Host) == 8) return __builtin_bswap64(value);
}

}  // namespace weir
