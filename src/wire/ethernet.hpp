// The Ethernet header and the 802.1Q tag as they stand on the wire.
#pragma once

#include "base/byte_order.hpp"
#include "base/mac.hpp"

namespace weir::layout {

struct Ethernet {
  Mac destination, source;
  Be16 type;  ///< or the length of an 802.3 frame, when below 0x0600
};
static_assert(sizeof(Ethernet) == 14);

/// What stands between the EtherType 0x8100 and the payload.
struct VlanTag {
  Be16 control;  ///< priority 3 bits, drop eligible 1, VLAN 12
  Be16 type;
};
static_assert(sizeof(VlanTag) == 4);

inline constexpr std::uint16_t kEtherVlan = 0x8100;

}  // namespace weir::layout
