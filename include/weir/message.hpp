// What another thread says to a service.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir {

/// Copied whole into the worker; what its bytes mean is between the sender and the service.
struct Message {
  static constexpr std::size_t kBytes = 48;

  std::uint32_t kind = 0;
  std::array<std::byte, kBytes> bytes{};
};

}  // namespace weir
