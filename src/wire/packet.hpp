// A parsed packet: what the link and network headers said, all of it checked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "base/drop.hpp"
#include "base/mac.hpp"
#include "frame/frame.hpp"

namespace weir {

enum EtherType : std::uint16_t { kEtherIpv4 = 0x0800, kEtherArp = 0x0806, kEtherIpv6 = 0x86dd };
enum Protocol : std::uint8_t {
  kProtoHopByHop = 0,
  kProtoIcmp = 1,
  kProtoTcp = 6,
  kProtoUdp = 17,
  kProtoRouting = 43,
  kProtoFragment = 44,
  kProtoIcmpv6 = 58,
  kProtoNone = 59,
  kProtoDestination = 60,
};

/// The link header of a frame. Offsets count from the first byte of the frame.
struct Link {
  Mac source, destination;
  std::uint16_t ether_type = 0;  ///< of what follows a VLAN tag, if there was one
  std::uint16_t vlan = 0;        ///< 1–4094, or 0 without a tag
  std::uint8_t length = 14;      ///< 14 or 18
};

/// A packet whose link and network headers are well formed: every length below lies inside the
/// frame and Ethernet padding is left out. Whether it is *for us* is not decided here.
struct Packet {
  Frame* frame = nullptr;
  Link link;
  Address source, destination;
  std::uint16_t l3_offset = 0;  ///< of the IP header
  std::uint16_t l4_offset = 0;  ///< of what follows IP header, options and extension headers
  std::uint16_t l4_length = 0;  ///< bytes from l4_offset to the end of the packet
  std::uint8_t protocol = 0;    ///< of what stands at l4_offset
  std::uint8_t ttl = 0;         ///< or hop limit
  std::uint8_t traffic_class = 0;
  std::uint16_t protocol_offset = 0;  ///< from l3_offset to the byte that named `protocol`
  bool v6 = false;

  [[nodiscard]] std::span<std::uint8_t> l4() const noexcept {
    return frame->bytes().subspan(l4_offset, l4_length);
  }
};

/// Either the packet was parsed (no drop), or the reason why not.
using Refusal = std::optional<Drop>;

/// Reads the Ethernet header and at most one 802.1Q tag. A priority tag (VLAN 0) is no VLAN.
/// Drops: eth_truncated, eth_chained, eth_bad_source, eth_vlan_unknown (the reserved 4095).
[[nodiscard]] Refusal parse_link(Frame& frame, Link& out) noexcept;

/// Reads the IPv4 header behind link.length: version, lengths, checksum (the NIC's word is taken
/// when there is one), options. Sources that can be no host are refused, destinations not looked
/// at. Drops: ip_truncated, ip_bad_version, ip_bad_header_length, ip_bad_length, ip_bad_checksum,
/// ip_bad_source, ip_source_route, ip_fragment.
[[nodiscard]] Refusal parse_ipv4(Frame& frame, const Link& link, Packet& out) noexcept;

/// Reads the IPv6 header and walks its extension headers (at most 8 of them, 512 bytes in all).
/// Drops: ip_truncated, ip_bad_version, ip_bad_length, ip_bad_source, ip_bad_extension,
/// ip_bad_option, ip_fragment, ip_not_ours (a mapped IPv4 address as the destination, which would
/// otherwise pass for one of our IPv4 addresses). An atomic fragment (offset 0, no more: RFC 6946)
/// is no fragment. Once the header itself is sound, `out` holds what was read until the refusal.
[[nodiscard]] Refusal parse_ipv6(Frame& frame, const Link& link, Packet& out) noexcept;

}  // namespace weir
