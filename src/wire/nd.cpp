// Neighbour Discovery messages between bytes and values.
#include "wire/nd.hpp"

#include "wire/emit.hpp"
#include "wire/tlv.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kRouter = 1U << 31, kSolicited = 1U << 30, kOverride = 1U << 29;
constexpr std::uint8_t kSourceLinkLayer = 1, kTargetLinkLayer = 2;

// RFC 4861 §7.1.1, §7.1.2: what a message may not say about its own sender and receiver.
bool contradicts_itself(const Packet& packet, const NeighbourMessage& message) noexcept {
  if (message.target.is_multicast() || message.target.is_v4()) return true;
  if (!message.solicitation) return packet.destination.is_multicast() && message.solicited;
  if (!packet.source.is_unspecified()) return false;
  return packet.destination != solicited_node(message.target) ||
         message.link_layer_option.has_value();
}

// Options of other types are passed over; of several link-layer addresses the last one counts.
bool read_options(std::span<const std::uint8_t> options, NeighbourMessage& out) noexcept {
  const std::uint8_t wanted = out.solicitation ? kSourceLinkLayer : kTargetLinkLayer;
  bool sound = true;
  const bool well_formed = walk_options(
      kNdOptionFormat, options,
      [&](std::uint8_t type, std::span<const std::uint8_t> value) noexcept {
        if (type != wanted) return;
        const auto* mac = view<Mac>(value);  // an option has at least six bytes of value
        sound = sound && value.size() == sizeof(Mac) && !mac->is_group() && !mac->is_zero();
        if (sound) out.link_layer_option = *mac;
      });
  return well_formed && sound;
}

void build(Frame& frame, const NeighbourMessage& message, Icmpv6Type type, std::uint32_t flags,
           std::uint8_t option_type) noexcept {
  frame.place(kHeaderRoom, sizeof(layout::Neighbour));
  auto& neighbour = layout_at<layout::Neighbour>(frame.bytes().data());
  neighbour.type = type;
  neighbour.code = 0;
  neighbour.checksum = std::uint16_t{0};
  neighbour.flags = flags;
  neighbour.target = message.target.bytes;
  if (!message.link_layer_option) return;
  auto& option = layout_at<layout::LinkLayerOption>(frame.append(sizeof(layout::LinkLayerOption)));
  option.type = option_type;
  option.length = 1;
  option.mac = *message.link_layer_option;
}

}  // namespace

Refusal parse_neighbour(const Packet& packet, const IcmpHeader& icmp,
                        NeighbourMessage& out) noexcept {
  if (packet.ttl != 255) return Drop::nd_hop_limit;
  const std::span<const std::uint8_t> bytes = packet.l4();
  const auto* neighbour = view<layout::Neighbour>(bytes);
  if (neighbour == nullptr || icmp.code != 0) return Drop::nd_malformed;

  out = NeighbourMessage{};
  out.solicitation = icmp.type == kIcmpv6NeighbourSolicitation;
  out.target = Address::v6(neighbour->target);
  if (!out.solicitation) {
    out.router = (neighbour->flags & kRouter) != 0;
    out.solicited = (neighbour->flags & kSolicited) != 0;
    out.override_flag = (neighbour->flags & kOverride) != 0;
  }
  if (!read_options(bytes.subspan(sizeof *neighbour), out)) return Drop::nd_malformed;
  if (contradicts_itself(packet, out)) return Drop::nd_malformed;
  return std::nullopt;
}

void build_neighbour_advertisement(Frame& frame, const NeighbourMessage& message) noexcept {
  const std::uint32_t flags = (message.router ? kRouter : 0) |
                              (message.solicited ? kSolicited : 0) |
                              (message.override_flag ? kOverride : 0);
  build(frame, message, kIcmpv6NeighbourAdvertisement, flags, kTargetLinkLayer);
}

void build_neighbour_solicitation(Frame& frame, const NeighbourMessage& message) noexcept {
  build(frame, message, kIcmpv6NeighbourSolicitation, 0, kSourceLinkLayer);
}

Address solicited_node(const Address& address) noexcept {
  Address group;
  group.bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  for (std::size_t i = 13; i < 16; ++i) group.bytes[i] = address.bytes[i];
  return group;
}

Mac multicast_mac(const Address& group) noexcept {
  const auto& b = group.bytes;
  if (group.is_v4()) {
    return Mac{{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(b[13] & 0x7f), b[14], b[15]}};
  }
  return Mac{{0x33, 0x33, b[12], b[13], b[14], b[15]}};
}

}  // namespace weir
