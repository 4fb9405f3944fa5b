// ICMP and ICMPv6: echo, errors about what is refused, and errors of others.
#include "pipeline/pipeline.hpp"
#include "tcp/path_mtu.hpp"
#include "wire/extensions.hpp"
#include "wire/icmp.hpp"
#include "wire/icmp_quote.hpp"

namespace weir {
namespace {

// RFC 4291 §2.8: all nodes, and the solicited-node group of each address of ours.
bool is_in_group(const LocalPort& port, const Address& group) noexcept {
  static constexpr Address kAllNodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  if (group == kAllNodes) return true;
  for (const Prefix& prefix : port.addresses) {
    if (!prefix.address.is_v4() && group == solicited_node(prefix.address)) return true;
  }
  return false;
}

// RFC 1122 §3.2.2, RFC 4443 §2.4(e.1): no error answers an error, not even one behind extension
// headers that were not read.
bool is_icmp_error(const Packet& packet) noexcept {
  std::optional<UpperLayer> upper = UpperLayer{packet.protocol, packet.l4()};
  if (packet.v6) upper = upper_layer(packet.l4(), packet.protocol);
  if (!upper || upper->text.empty()) return false;
  const std::uint8_t type = upper->text[0];
  if (packet.v6) return upper->protocol == kProtoIcmpv6 && (type < 128 || type == kIcmpv6Redirect);
  return upper->protocol == kProtoIcmp && type != kIcmpEchoReply && type != kIcmpEchoRequest;
}

// The MTU of RFC 1191 §4 or RFC 4443 §3.2, when the error is of that kind.
std::optional<std::uint32_t> too_big(const IcmpHeader& icmp, bool v6) noexcept {
  constexpr std::uint8_t kFragmentationNeeded = 4;
  const std::uint32_t word = std::uint32_t{icmp.rest[0]} << 24 | std::uint32_t{icmp.rest[1]} << 16 |
                             std::uint32_t{icmp.rest[2]} << 8 | icmp.rest[3];
  if (v6) return icmp.type == kIcmpv6PacketTooBig ? std::optional(word) : std::nullopt;
  const bool needed = icmp.type == kIcmpUnreachable && icmp.code == kFragmentationNeeded;
  return needed ? std::optional(word & 0xffffU) : std::nullopt;
}

}  // namespace

void Pipeline::receive_icmp(const Packet& packet) noexcept {
  IcmpHeader icmp;
  if (const Refusal r = parse_icmp(packet, icmp)) return drop(*r);
  if (!packet.v6) {
    switch (icmp.type) {
      case kIcmpEchoRequest:
        // RFC 1122 §3.2.2.6: a broadcast echo may be ignored, and is: Smurf.
        if (!port_of(*packet.frame).owns(packet.destination)) return drop(Drop::icmp_broadcast);
        return answer_echo(packet, kIcmpEchoReply);
      case kIcmpEchoReply:
        return receive_echo_reply(icmp);
      case kIcmpUnreachable:
      case kIcmpTimeExceeded:
      case kIcmpParameterProblem:
        return receive_icmp_error(packet, icmp);
      default:
        return drop(Drop::icmp_unknown_type);
    }
  }
  switch (icmp.type) {
    case kIcmpv6EchoRequest:
      return answer_echo(packet, kIcmpv6EchoReply);
    case kIcmpv6EchoReply:
      return receive_echo_reply(icmp);
    case kIcmpv6NeighbourSolicitation:
    case kIcmpv6NeighbourAdvertisement:
      return receive_neighbour(packet, icmp);
    case kIcmpv6RouterSolicitation:
    case kIcmpv6RouterAdvertisement:
    case kIcmpv6Redirect:
      return drop(Drop::nd_ignored);
    case kIcmpv6Unreachable:
    case kIcmpv6PacketTooBig:
    case kIcmpv6TimeExceeded:
    case kIcmpv6ParameterProblem:
      return receive_icmp_error(packet, icmp);
    default:
      return drop(Drop::icmp_unknown_type);
  }
}

// An error about a segment of ours: only a packet that was too big changes anything; the others are
// soft, the connection's own timers decide (RFC 1122 §4.2.3.9, RFC 5927 §5).
void Pipeline::receive_icmp_error(const Packet& packet, const IcmpHeader& icmp) noexcept {
  take_gathered();  // an ACK that came before may have said that what is quoted arrived
  const auto quote = read_quote(icmp, packet.v6);
  if (!quote || quote->source != packet.destination || !packet.frame->pool()->can_leave()) {
    return drop(Drop::icmp_error_ignored);
  }
  // By the tuple that it quotes the error belongs to the flow's worker.
  if (hand_over(*packet.frame,
                {quote->destination, quote->source, quote->destination_port, quote->source_port})) {
    return;
  }
  const Listeners& listeners = snapshot_->listeners;
  FlowId id = kNoFlow;
  for (std::uint16_t local = listeners.find(Transport::tcp, quote->source, quote->source_port);
       id == kNoFlow && local != kNoListener; local = listeners[local].older) {
    const FlowKey tuple{quote->destination, quote->destination_port, local};
    id = flows_.find(tuple, flows_.hash(tuple));
  }
  if (id == kNoFlow) return drop(Drop::icmp_error_ignored);
  Flow& flow = flows_[id];
  const bool meant = flow.snd_una <= quote->seq && quote->seq < flow.snd_nxt;
  if (!meant || flow.state == State::time_wait) return drop(Drop::icmp_error_ignored);
  const std::optional<std::uint32_t> mtu = too_big(icmp, packet.v6);
  if (!mtu) {
    counters_.mib.add(Mib::TcpSoftErrors);
  } else if (tcp::packet_too_big(flow, quote->seq, *mtu, ctx_)) {
    ready_.push(id);
  }
  count(Outcome::of(Verdict::consumed));
}

// Ours to answer from: the destination, or for a group (RFC 4443 §2.2(b), §4.2) an address of the
// port; nothing for a group that we are not in.
const Address* Pipeline::answering_address(const Packet& packet) const noexcept {
  const LocalPort& port = port_of(*packet.frame);
  if (!packet.destination.is_multicast()) {
    return port.owns(packet.destination) ? &packet.destination : nullptr;
  }
  if (!packet.v6 || !is_in_group(port, packet.destination)) return nullptr;
  const Address* source = nullptr;
  for (std::size_t i = 0; i < port.addresses.size(); ++i) {
    const Prefix& prefix = port.addresses[i];
    if (prefix.address.is_v4() || !port.in_use(i)) continue;
    if (source == nullptr || prefix.contains(packet.source)) source = &prefix.address;
  }
  return source;
}

void Pipeline::answer_echo(const Packet& packet, std::uint8_t reply_type) noexcept {
  Frame& frame = *packet.frame;
  // RFC 4291 §2.5.2: nothing is ever sent to the unspecified address.
  if (packet.source.is_unspecified()) return drop(Drop::ip_bad_source);
  const Address* const source = answering_address(packet);
  if (source == nullptr) return drop(Drop::eth_group_not_ours);
  if (!limits_.echo.take(ctx_.now)) return drop(Drop::icmp_limited);
  const std::uint8_t number = frame.port();
  IpHeader ip;
  ip.destination = packet.source;
  ip.source = *source;
  ip.protocol = packet.protocol;
  ip.ttl = snapshot_->ttl;
  ip.traffic_class = packet.traffic_class;
  frame.trim_front(packet.l4_offset);
  frame.trim_to(packet.l4_length);
  frame.bytes()[0] = reply_type;
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, sender_.link_length(number), sender_.offload(number, frame));
  counters_.mib.add(Mib::IcmpInEchos);
  reply(std::move(frame), number, ip.destination, Outcome::of(Verdict::answered));
}

// RFC 1122 §3.2.2 and RFC 4443 §2.4(e): an error goes to one host, about a packet to one host, but
// for those that the caller let through.
void Pipeline::refuse_with_icmp(const Packet& packet, IcmpError error, Drop limited,
                                Drop reason) noexcept {
  const Address* const source = answering_address(packet);
  if (source == nullptr || packet.source.is_unspecified() || is_icmp_error(packet)) {
    return drop(reason);
  }
  if (!limits_.icmp.take(ctx_.now)) return drop(limited);
  Frame& frame = *packet.frame;
  const std::uint64_t noted = note_refused(frame, reason);
  const std::uint8_t number = frame.port();
  IpHeader ip;
  ip.source = *source;
  ip.destination = packet.source;
  ip.protocol = packet.v6 ? kProtoIcmpv6 : kProtoIcmp;
  ip.ttl = snapshot_->ttl;
  build_icmp_error(packet, error.type, error.code, error.rest);
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, sender_.link_length(number), sender_.offload(number, frame));
  counters_.mib.add(Mib::IcmpOutErrors);
  reply(std::move(frame), number, ip.destination, Outcome::refused(reason), noted);
}

}  // namespace weir
