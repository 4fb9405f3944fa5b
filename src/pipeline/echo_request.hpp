// What a ping of ours says.
#pragma once

#include <cstdint>

#include "base/address.hpp"

namespace weir {

/// Both addresses are of one family; `source` is one of the port's.
struct EchoRequest {
  std::uint8_t port = 0;
  Address source, destination;
  std::uint16_t identifier = 0, sequence = 0;
};

}  // namespace weir
