// Neighbour Discovery: solicitations and advertisements (RFC 4861 §4.3, §4.4, §7.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/byte_order.hpp"
#include "base/mac.hpp"
#include "wire/icmp.hpp"
#include "wire/packet.hpp"

namespace weir {

namespace layout {
struct Neighbour {
  std::uint8_t type, code;
  Be16 checksum;
  Be32 flags;  ///< router, solicited, override in the three highest bits of an advertisement
  std::array<std::uint8_t, 16> target;
};
static_assert(sizeof(Neighbour) == 24 && alignof(Neighbour) == 1);

struct LinkLayerOption {
  std::uint8_t type, length;  ///< length in units of 8 bytes
  Mac mac;
};
static_assert(sizeof(LinkLayerOption) == 8);
}  // namespace layout

struct NeighbourMessage {
  bool solicitation = false;                                      ///< else an advertisement
  bool router = false, solicited = false, override_flag = false;  ///< advertisements only
  Address target;
  /// The source's address in a solicitation, the target's in an advertisement.
  std::optional<Mac> link_layer_option;
};

/// Reads a message that parse_icmp found to be of type 135 or 136, with the checks of RFC 4861
/// §7.1. Drops: nd_hop_limit, nd_malformed.
[[nodiscard]] Refusal parse_neighbour(const Packet& packet, const IcmpHeader& icmp,
                                      NeighbourMessage& out) noexcept;

/// Makes the frame's bytes such a message, with kHeaderRoom before it and the checksum left to
/// fill_icmp_checksum. It has to be sent with a hop limit of 255. The data room must hold
/// kHeaderRoom + 32 bytes.
void build_neighbour_advertisement(Frame& frame, const NeighbourMessage& message) noexcept;
void build_neighbour_solicitation(Frame& frame, const NeighbourMessage& message) noexcept;

/// The group in which whoever has that address listens (RFC 4291 §2.7.1).
[[nodiscard]] Address solicited_node(const Address& address) noexcept;
/// The Ethernet address of a group (RFC 2464 §7, RFC 1112 §6.4).
[[nodiscard]] Mac multicast_mac(const Address& group) noexcept;

}  // namespace weir
