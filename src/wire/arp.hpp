// ARP for IPv4 over Ethernet (RFC 826).
#pragma once

#include <array>
#include <cstdint>

#include "base/address.hpp"
#include "base/byte_order.hpp"
#include "base/mac.hpp"
#include "wire/packet.hpp"

namespace weir {

namespace layout {
struct Arp {
  Be16 hardware_type, protocol_type;
  std::uint8_t hardware_length, protocol_length;
  Be16 operation;
  Mac sender_mac;
  std::array<std::uint8_t, 4> sender;
  Mac target_mac;
  std::array<std::uint8_t, 4> target;
};
static_assert(sizeof(Arp) == 28 && alignof(Arp) == 1);
}  // namespace layout

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

struct ArpMessage {
  ArpOperation op = ArpOperation::request;
  Mac sender_mac;
  Address sender, target;  ///< both IPv4
};

/// Reads the message behind link.length. A sender of 0.0.0.0 is a probe (RFC 5227) and allowed.
/// Drops: arp_malformed, arp_bad_sender (a MAC or an address that no station has).
[[nodiscard]] Refusal parse_arp(Frame& frame, const Link& link, ArpMessage& out) noexcept;

/// Makes the frame's bytes an ARP message, with kHeaderRoom before it. `target_mac` is all zeros in
/// a request. The data room must hold kHeaderRoom + 28 bytes.
void build_arp(Frame& frame, const ArpMessage& message, const Mac& target_mac) noexcept;

}  // namespace weir
