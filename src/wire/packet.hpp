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

/// What a fragment says of itself (RFC 791 §3.2, RFC 8200 §4.5).
struct Fragment {
  bool is_one = false;
  bool more = false;         ///< not the last
  std::uint16_t offset = 0;  ///< of l4() in the datagram, in bytes
  std::uint32_t identification = 0;
  std::uint16_t named_at = 0;  ///< IPv6: from l3_offset to the byte that named the Fragment header
};

/// What an ICMPv6 parameter problem would say (RFC 4443 §3.4), when there is one to be told.
struct ParameterProblem {
  bool is_one = false;
  std::uint8_t code = 0;
  std::uint16_t pointer = 0;   ///< from the IPv6 header
  bool even_to_group = false;  ///< the packet may have been sent to a group: RFC 4443 §2.4(e.3)
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
  bool has_fragment_header = false;  ///< IPv6: in pieces, or an atomic fragment
  Fragment fragment;                 ///< when it is one, l4() is its piece of the datagram
  ParameterProblem problem;          ///< of a refused packet

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
/// ip_bad_source, ip_source_route. Once the header is sound, `out` holds what was read until then.
[[nodiscard]] Refusal parse_ipv4(Frame& frame, const Link& link, Packet& out) noexcept;

/// Reads the IPv6 header and walks its extension headers (at most 8 of them, 512 bytes in all).
/// Drops: ip_truncated, ip_bad_version, ip_bad_length, ip_bad_source, ip_bad_extension,
/// ip_bad_option, ip_not_ours (a mapped IPv4 address as the destination, which would otherwise pass
/// for one of our IPv4 addresses). An atomic fragment (offset 0, no more: RFC 6946) is no fragment.
/// Once the header itself is sound, `out` holds what was read until the refusal.
[[nodiscard]] Refusal parse_ipv6(Frame& frame, const Link& link, Packet& out) noexcept;

}  // namespace weir
