// Reading ICMP and quoting refused packets.
#include "wire/icmp.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ethernet.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/verify.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::size_t kMostIpv4Quote = 576 - sizeof(layout::Ipv4) - sizeof(layout::Icmp);
constexpr std::size_t kMostIpv6Quote = 1280 - sizeof(layout::Ipv6) - sizeof(layout::Icmp);
/// What will be put before an ICMP message.
constexpr std::size_t kRoomBefore =
    sizeof(layout::Ethernet) + sizeof(layout::VlanTag) + sizeof(layout::Ipv6);

}  // namespace

Refusal parse_icmp(const Packet& packet, IcmpHeader& out) noexcept {
  const std::span<std::uint8_t> bytes = packet.l4();
  const auto* icmp = view<layout::Icmp>(bytes);
  if (icmp == nullptr) return Drop::icmp_truncated;
  const bool intact =
      packet.v6 ? checksum_matches(packet, bytes) : InternetSum().add(bytes).is_intact();
  if (!intact) return Drop::icmp_bad_checksum;
  out.type = icmp->type;
  out.code = icmp->code;
  out.rest = bytes.subspan(offsetof(layout::Icmp, rest));
  return std::nullopt;
}

void build_icmp_error(const Packet& refused, std::uint8_t type, std::uint8_t code,
                      std::uint32_t rest) noexcept {
  Frame& frame = *refused.frame;
  const std::size_t stands_at = std::size_t{frame.headroom()} + refused.l3_offset;
  const std::size_t starts_at = std::max(stands_at, kRoomBefore + sizeof(layout::Icmp));
  assert(starts_at <= frame.data_room());
  const std::size_t packet = refused.l4_offset + std::size_t{refused.l4_length} - refused.l3_offset;
  const std::size_t quote = std::min(
      {packet, refused.v6 ? kMostIpv6Quote : kMostIpv4Quote, frame.data_room() - starts_at});

  frame.place(0, frame.data_room());
  std::uint8_t* const room = frame.bytes().data();
  if (starts_at != stands_at) std::memmove(room + starts_at, room + stands_at, quote);
  frame.place(static_cast<std::uint16_t>(starts_at), static_cast<std::uint16_t>(quote));
  auto& icmp = prepend<layout::Icmp>(frame);
  icmp.type = type;
  icmp.code = code;
  icmp.checksum = std::uint16_t{0};
  icmp.rest = rest;
}

}  // namespace weir
