// ARP messages between bytes and values.
#include "wire/arp.hpp"

#include <cstring>

#include "wire/emit.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;

bool is_well_formed(const layout::Arp& arp) noexcept {
  return arp.hardware_type == kHardwareEthernet && arp.protocol_type == kEtherIpv4 &&
         arp.hardware_length == sizeof(Mac) && arp.protocol_length == 4 &&
         (arp.operation == static_cast<std::uint16_t>(ArpOperation::request) ||
          arp.operation == static_cast<std::uint16_t>(ArpOperation::reply));
}

bool can_be_station(const Mac& mac, const Address& address) noexcept {
  return !mac.is_group() && !mac.is_zero() && !address.is_multicast() && !address.is_loopback() &&
         !address.is_limited_broadcast();
}

}  // namespace

Refusal parse_arp(Frame& frame, const Link& link, ArpMessage& out) noexcept {
  const auto* arp = view<layout::Arp>(frame.bytes(), link.length);
  if (arp == nullptr || !is_well_formed(*arp)) return Drop::arp_malformed;
  out.op = static_cast<ArpOperation>(arp->operation.get());
  out.sender_mac = arp->sender_mac;
  out.sender = Address::v4(arp->sender);
  out.target = Address::v4(arp->target);
  if (!can_be_station(out.sender_mac, out.sender)) return Drop::arp_bad_sender;
  return std::nullopt;
}

void build_arp(Frame& frame, const ArpMessage& message, const Mac& target_mac) noexcept {
  frame.place(kHeaderRoom, sizeof(layout::Arp));
  auto& arp = layout_at<layout::Arp>(frame.bytes().data());
  arp.hardware_type = kHardwareEthernet;
  arp.protocol_type = kEtherIpv4;
  arp.hardware_length = sizeof(Mac);
  arp.protocol_length = 4;
  arp.operation = static_cast<std::uint16_t>(message.op);
  arp.sender_mac = message.sender_mac;
  std::memcpy(arp.sender.data(), message.sender.v4_bytes().data(), arp.sender.size());
  arp.target_mac = target_mac;
  std::memcpy(arp.target.data(), message.target.v4_bytes().data(), arp.target.size());
}

}  // namespace weir
