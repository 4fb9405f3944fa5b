// A UDP datagram as a value.
#pragma once

#include <cstdint>
#include <span>

#include "wire/packet.hpp"

namespace weir {

struct UdpHeader {
  std::uint16_t source_port = 0, destination_port = 0;
  std::span<const std::uint8_t> text;  ///< lies in the packet's frame
};

/// Reads the UDP header at packet.l4() and verifies the checksum (the NIC's word is taken when
/// there is one). A length below that of the IP payload cuts the text (RFC 768). Drops:
/// udp_truncated, udp_bad_length, udp_bad_checksum (over IPv6 also none: RFC 8200 §8.1),
/// udp_bad_source (port 0).
[[nodiscard]] Refusal parse_udp(const Packet& packet, UdpHeader& out) noexcept;

}  // namespace weir
