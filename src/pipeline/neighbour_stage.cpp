// ARP and neighbour discovery: questions about us are answered, answers to ours are passed on.
#include "pipeline/pipeline.hpp"
#include "wire/arp.hpp"

namespace weir {

// RFC 4862 §5.4, RFC 5227 §2.1: somebody else has, or wants, an address that we do not use yet.
void Pipeline::note_claim(const Address& address, const Mac& by, std::uint8_t port) noexcept {
  counters_.mib.add(Mib::AddressConflicts);
  sender_.tell({address, by, port, NeighbourNews::Kind::claimed, true});
  count(Outcome::of(Verdict::consumed));
}

void Pipeline::receive_arp(Frame& frame, const Link& link) noexcept {
  ArpMessage message;
  if (const Refusal r = parse_arp(frame, link, message)) return drop(*r);
  const std::uint8_t number = frame.port();
  const LocalPort& port = port_of(frame);
  if (message.sender_mac != port.info.mac) {  // else it is our own probe that came back
    const bool probe = message.sender.is_unspecified();
    const Address& claimed = probe ? message.target : message.sender;
    if (port.owns_not_yet(claimed)) return note_claim(claimed, message.sender_mac, number);
  }
  if (port.owns(message.sender) || port.is_broadcast(message.sender)) {
    return drop(Drop::arp_bad_sender);
  }
  if (!port.owns(message.target)) return drop(Drop::arp_not_ours);
  // RFC 826: whoever talks to us tells us where it is. A probe (RFC 5227) has no address yet, and
  // who is reached by a gateway has no place on this link.
  const bool on_link =
      !message.sender.is_unspecified() && port.next_hop(message.sender) == message.sender;
  if (message.op == ArpOperation::reply) {
    if (!on_link) return drop(Drop::arp_unsolicited);
    counters_.mib.add(Mib::NeighboursLearnt);
    sender_.tell({message.sender, message.sender_mac, number, NeighbourNews::Kind::answered, true});
    return count(Outcome::of(Verdict::consumed));
  }
  if (on_link) {
    counters_.mib.add(Mib::NeighboursLearnt);
    sender_.tell({message.sender, message.sender_mac, number, NeighbourNews::Kind::observed, true});
  }
  build_arp(frame, {ArpOperation::reply, port.info.mac, message.target, message.sender},
            message.sender_mac);
  prepend_ethernet(frame, port.info.mac, message.sender_mac, kEtherArp, port.vlan);
  counters_.mib.add(Mib::ArpRequestsAnswered);
  sender_.send_frame(std::move(frame), number);
  count(Outcome::of(Verdict::answered));
}

void Pipeline::receive_neighbour(const Packet& packet, const IcmpHeader& icmp) noexcept {
  NeighbourMessage message;
  // RFC 6980 §5.
  if (packet.has_fragment_header || packet.frame->has(kReassembled)) {
    return drop(Drop::nd_fragmented);
  }
  if (const Refusal r = parse_neighbour(packet, icmp, message)) return drop(*r);
  const LocalPort& port = port_of(*packet.frame);
  const std::uint8_t number = packet.frame->port();
  // A question by somebody with an address is none: a tentative address is not defended, and does
  // not answer (RFC 4862 §5.4.3).
  const bool claims = !message.solicitation || packet.source.is_unspecified();
  if (claims && packet.link.source != port.info.mac && port.owns_not_yet(message.target)) {
    return note_claim(message.target, packet.link.source, number);
  }
  if (message.solicitation) {
    if (!port.owns(message.target)) return drop(Drop::nd_not_ours);
    return answer_solicitation(packet, message);
  }
  // RFC 4861 §7.2.5: without a link-layer address there is nothing to learn; whether it was asked
  // for is the control thread's to know, for another worker may have asked.
  if (!message.link_layer_option || !message.solicited || port.owns(message.target)) {
    return drop(Drop::nd_unsolicited);
  }
  counters_.mib.add(Mib::NeighboursLearnt);
  sender_.tell({message.target, *message.link_layer_option, number, NeighbourNews::Kind::answered,
                message.override_flag});
  count(Outcome::of(Verdict::consumed));
}

void Pipeline::answer_solicitation(const Packet& packet, const NeighbourMessage& message) noexcept {
  const LocalPort& port = port_of(*packet.frame);
  const std::uint8_t number = packet.frame->port();
  const bool probe = packet.source.is_unspecified();  // duplicate address detection, RFC 4862 §5.4
  const Address asker = packet.source;
  const Mac asker_mac = message.link_layer_option.value_or(packet.link.source);
  const bool on_link = port.next_hop(asker) == asker;
  if (!probe && message.link_layer_option && on_link) {
    counters_.mib.add(Mib::NeighboursLearnt);
    sender_.tell({asker, asker_mac, number, NeighbourNews::Kind::observed, true});
  }
  NeighbourMessage answer;
  answer.solicited = !probe;
  answer.override_flag = true;
  answer.target = message.target;
  answer.link_layer_option = port.info.mac;
  IpHeader ip;
  ip.source = message.target;
  // RFC 4861 §7.2.4: to all nodes when the asker has no address.
  static constexpr Address kAllNodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  ip.destination = probe ? kAllNodes : asker;
  ip.protocol = kProtoIcmpv6;
  ip.ttl = 255;
  Frame& frame = *packet.frame;
  build_neighbour_advertisement(frame, answer);
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, sender_.link_length(number), {});
  // Straight back to whoever asked: it is the one address that is known to be right.
  prepend_ethernet(frame, port.info.mac, probe ? multicast_mac(kAllNodes) : asker_mac, kEtherIpv6,
                   port.vlan);
  counters_.mib.add(Mib::NdSolicitationsAnswered);
  sender_.send_frame(std::move(frame), number);
  count(Outcome::of(Verdict::answered));
}

}  // namespace weir
