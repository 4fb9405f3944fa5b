// ICMP messages of both families: reading them, and making errors of what is refused.
#pragma once

#include <cstdint>
#include <span>

#include "base/byte_order.hpp"
#include "wire/packet.hpp"

namespace weir {

namespace layout {
/// RFC 792 and RFC 4443 §2.1; `rest` is the word that each type uses in its own way.
struct Icmp {
  std::uint8_t type, code;
  Be16 checksum;
  Be32 rest;
};
static_assert(sizeof(Icmp) == 8 && alignof(Icmp) == 1);
}  // namespace layout

enum IcmpType : std::uint8_t {
  kIcmpEchoReply = 0,
  kIcmpUnreachable = 3,
  kIcmpEchoRequest = 8,
  kIcmpTimeExceeded = 11,
  kIcmpParameterProblem = 12,
};
enum Icmpv6Type : std::uint8_t {
  kIcmpv6Unreachable = 1,
  kIcmpv6PacketTooBig = 2,
  kIcmpv6TimeExceeded = 3,
  kIcmpv6ParameterProblem = 4,
  kIcmpv6EchoRequest = 128,
  kIcmpv6EchoReply = 129,
  kIcmpv6RouterSolicitation = 133,
  kIcmpv6RouterAdvertisement = 134,
  kIcmpv6NeighbourSolicitation = 135,
  kIcmpv6NeighbourAdvertisement = 136,
  kIcmpv6Redirect = 137,
};

struct IcmpHeader {
  std::uint8_t type = 0, code = 0;
  std::span<std::uint8_t> rest;  ///< all that follows the checksum, at least 4 bytes, in the frame
};

/// Reads the ICMP or ICMPv6 header at packet.l4() and verifies the checksum, which no NIC does.
/// Drops: icmp_truncated (below 8 bytes), icmp_bad_checksum.
[[nodiscard]] Refusal parse_icmp(const Packet& packet, IcmpHeader& out) noexcept;

/// Turns the frame that holds a refused packet into an ICMP error about it. Afterwards the frame's
/// bytes are the message (checksum not yet filled in), with room before them for the headers below,
/// and everything that pointed into the frame is void. The quote is the packet from its IP header,
/// unchanged, as far as the error stays within 576 bytes (RFC 1812 §4.3.2.3) or 1280 (RFC 4443
/// §2.4(c)). `rest` is the second word of the message: 0, or a pointer for a parameter problem.
/// Whether the packet deserves an error (RFC 1122 §3.2.2, RFC 4443 §2.4(e)) is the caller's to
/// know.
void build_icmp_error(const Packet& refused, std::uint8_t type, std::uint8_t code,
                      std::uint32_t rest) noexcept;

}  // namespace weir
