// Link and network headers, from bytes to a Packet (RFC 894, 791, 1122 §3.2.1, 8200).
#include "wire/checksum.hpp"
#include "wire/ethernet.hpp"
#include "wire/extensions.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/packet.hpp"
#include "wire/tlv.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool ipv4_checksum_matches(const Frame& frame, Bytes header) noexcept {
  if (frame.has(kRxIpChecksumBad)) return false;
  return frame.has(kRxIpChecksumGood) || InternetSum().add(header).is_intact();
}

// RFC 7126 §4.3, §4.4. Every other option is ignored, malformed ones included (RFC 1122 §3.2.1.8).
bool has_source_route(Bytes options) noexcept {
  bool found = false;
  walk_options(kIpv4OptionFormat, options, [&](std::uint8_t type, Bytes) noexcept {
    found |= type == layout::kLooseSourceRoute || type == layout::kStrictSourceRoute;
  });
  return found;
}

// RFC 4291 §2.5.3, §2.7; mapped addresses have no business on the wire (RFC 4942 §2.2): they would
// pass for IPv4 here, where both families share one type.
Refusal check_ipv6_addresses(const Packet& packet) noexcept {
  if (packet.source.is_multicast() || packet.source.is_loopback() || packet.source.is_v4()) {
    return Drop::ip_bad_source;
  }
  if (packet.destination.is_v4()) return Drop::ip_not_ours;
  return std::nullopt;
}

// What both families fill in alike. `l4_at` and `end` count from the IP header.
void fill_bounds(Packet& out, std::size_t l4_at, std::size_t end) noexcept {
  out.l4_offset = static_cast<std::uint16_t>(out.l3_offset + l4_at);
  out.l4_length = static_cast<std::uint16_t>(end - l4_at);
  out.has_fragment_header = false;
  out.fragment = {};
  out.problem = {};
}

// What the Fragment header says (RFC 8200 §4.5); an atomic fragment (RFC 6946) is no fragment, but
// leaves its mark.
void read_fragment_header(Bytes packet, const ExtensionWalk& walk, Packet& out) noexcept {
  if (walk.fragment_header_at() == 0) return;
  const auto& header = *view<layout::Ipv6Extension>(packet, walk.fragment_header_at());
  const std::uint16_t field = header.detail;
  out.has_fragment_header = true;
  out.fragment = {!header.is_atomic_fragment(), (field & 1U) != 0,
                  static_cast<std::uint16_t>(field & 0xfff8U), header.rest,
                  static_cast<std::uint16_t>(walk.fragment_named_at())};
}

}  // namespace

Refusal parse_link(Frame& frame, Link& out) noexcept {
  if (frame.has(kRxChained)) return Drop::eth_chained;
  const Bytes bytes = frame.bytes();
  const auto* ethernet = view<layout::Ethernet>(bytes);
  if (ethernet == nullptr) return Drop::eth_truncated;
  out.source = ethernet->source;
  out.destination = ethernet->destination;
  out.ether_type = ethernet->type;
  out.vlan = 0;
  out.length = sizeof *ethernet;
  if (out.source.is_group()) return Drop::eth_bad_source;
  if (out.ether_type != layout::kEtherVlan) return std::nullopt;

  const auto* tag = view<layout::VlanTag>(bytes, sizeof *ethernet);
  if (tag == nullptr) return Drop::eth_truncated;
  out.vlan = tag->control & 0x0fffU;
  out.ether_type = tag->type;
  out.length = sizeof *ethernet + sizeof *tag;
  if (out.vlan == 0x0fff) return Drop::eth_vlan_unknown;
  return std::nullopt;
}

Refusal parse_ipv4(Frame& frame, const Link& link, Packet& out) noexcept {
  const auto* ip = view<layout::Ipv4>(frame.bytes(), link.length);
  if (ip == nullptr) return Drop::ip_truncated;
  const Bytes bytes = frame.bytes().subspan(link.length);
  if (ip->version() != 4) return Drop::ip_bad_version;
  const std::size_t header = ip->header_length();
  if (header < sizeof *ip || header > bytes.size()) return Drop::ip_bad_header_length;
  const std::size_t total = ip->total_length;
  if (total < header || total > bytes.size()) return Drop::ip_bad_length;
  if (!ipv4_checksum_matches(frame, bytes.first(header))) return Drop::ip_bad_checksum;

  out.frame = &frame;
  out.link = link;
  out.source = Address::v4(ip->source);
  out.destination = Address::v4(ip->destination);
  out.l3_offset = link.length;
  fill_bounds(out, header, total);
  out.protocol = ip->protocol;
  out.protocol_offset = offsetof(layout::Ipv4, protocol);
  out.ttl = ip->time_to_live;
  out.traffic_class = ip->type_of_service;
  out.v6 = false;

  if (!ip->has_possible_source()) return Drop::ip_bad_source;
  if (header > sizeof *ip && has_source_route(bytes.subspan(sizeof *ip, header - sizeof *ip))) {
    return Drop::ip_source_route;
  }
  if (ip->is_fragment()) {
    const std::uint16_t field = ip->flags_offset;
    out.fragment = {true, (field & 0x2000U) != 0, static_cast<std::uint16_t>((field & 0x1fffU) * 8),
                    ip->identification, 0};
  }
  return std::nullopt;
}

Refusal parse_ipv6(Frame& frame, const Link& link, Packet& out) noexcept {
  const auto* ip = view<layout::Ipv6>(frame.bytes(), link.length);
  if (ip == nullptr) return Drop::ip_truncated;
  const Bytes bytes = frame.bytes().subspan(link.length);
  if (ip->version() != 6) return Drop::ip_bad_version;
  const std::size_t total = sizeof *ip + ip->payload_length;
  if (total > bytes.size()) return Drop::ip_bad_length;

  out.frame = &frame;
  out.link = link;
  out.source = Address::v6(ip->source);
  out.destination = Address::v6(ip->destination);
  out.l3_offset = link.length;
  out.ttl = ip->hop_limit;
  out.traffic_class = ip->traffic_class();
  out.v6 = true;

  ExtensionWalk walk(bytes.first(total), ip->next_header);
  const Refusal refused_extension = walk.run();
  fill_bounds(out, walk.at(), total);
  out.protocol = walk.protocol();
  out.protocol_offset = static_cast<std::uint16_t>(walk.named_at());

  if (const Refusal refusal = check_ipv6_addresses(out)) return refusal;
  out.problem = walk.problem();
  if (refused_extension) return refused_extension;
  read_fragment_header(bytes, walk, out);
  // RFC 4862 §5.4.2: only Duplicate Address Detection speaks without an address.
  if (out.source.is_unspecified() && (out.protocol != kProtoIcmpv6 || out.fragment.is_one)) {
    return Drop::ip_bad_source;
  }
  return std::nullopt;
}

}  // namespace weir
