// The UDP header as it stands on the wire (RFC 768).
#pragma once

#include "base/byte_order.hpp"

namespace weir::layout {

struct Udp {
  Be16 source_port, destination_port;
  Be16 length;    ///< of header and text
  Be16 checksum;  ///< zero: the sender made none
};
static_assert(sizeof(Udp) == 8 && alignof(Udp) == 1);

}  // namespace weir::layout
