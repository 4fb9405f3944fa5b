// The two transports that Weir speaks.
#pragma once

#include <cstdint>

namespace weir {

enum class Transport : std::uint8_t { tcp, udp };

}  // namespace weir
