// Writing headers in front of a payload.
#include "wire/emit.hpp"

#include <cassert>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ethernet.hpp"
#include "wire/header_writer.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4_writer.hpp"
#include "wire/ipv6.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

// A buffer that is sent for a second time must not ask the NIC for what it asked for the first
// time.
void forget_offload(Frame& frame) noexcept {
  frame.set_flags(static_cast<std::uint16_t>(frame.flags() & ~kTxOffloads));
}

InternetSum pseudo_header(const Frame& frame, const IpHeader& ip, Protocol protocol) noexcept {
  return pseudo_header_sum(ip.source, ip.destination, protocol, frame.packet_size());
}

// What the checksum field holds when the NIC does the rest.
std::uint16_t leave_to_nic(Frame& frame, const IpHeader& ip, Protocol protocol,
                           FrameFlag flag) noexcept {
  frame.set(flag);
  if (!ip.source.is_v4()) frame.set(kTxIpv6);
  // A NIC that cuts the text puts each segment's own length in.
  const std::uint32_t length = frame.segment_size() == 0 ? frame.packet_size() : 0;
  return pseudo_header_sum(ip.source, ip.destination, protocol, length).folded();
}

void prepend_ipv6(Frame& frame, const IpHeader& ip) noexcept {
  const auto payload = static_cast<std::uint16_t>(frame.packet_size());
  auto& header = prepend<layout::Ipv6>(frame);
  header.version_class_flow =
      6U << 28 | std::uint32_t{ip.traffic_class} << 20 | (ip.flow_label & 0xfffffU);
  header.payload_length = payload;
  header.next_header = ip.protocol;
  header.hop_limit = ip.ttl;
  header.source = ip.source.bytes;
  header.destination = ip.destination.bytes;
}

}  // namespace

void prepend_tcp(Frame& frame, const TcpHeader& header, const IpHeader& ip,
                 ChecksumOffload offload) noexcept {
  forget_offload(frame);
  const std::size_t size = sizeof(layout::Tcp) + header.options.encoded_size();
  const std::span<const std::uint8_t> text = frame.bytes();
  std::uint8_t* const at = frame.prepend(static_cast<std::uint16_t>(size));
  HeaderWriter out(at);
  out.word(word_of(header.source_port, header.destination_port));
  out.word(header.seq.value());
  out.word(header.ack.value());
  out.word(word_of(half_of(static_cast<std::uint8_t>(size / 4 << 4), header.flags), header.window));
  out.word(0);  // checksum, urgent pointer
  header.options.write(out);
  auto& tcp = layout_at<layout::Tcp>(at);
  tcp.checksum = offload.tcp
                     ? leave_to_nic(frame, ip, kProtoTcp, kTxTcpChecksum)
                     : pseudo_header(frame, ip, kProtoTcp).add(out.sum()).add(text).checksum();
}

void prepend_udp(Frame& frame, std::uint16_t source_port, std::uint16_t destination_port,
                 const IpHeader& ip, ChecksumOffload offload) noexcept {
  forget_offload(frame);
  const std::span<const std::uint8_t> text = frame.bytes();
  std::uint8_t* const at = frame.prepend(sizeof(layout::Udp));
  HeaderWriter out(at);
  out.word(word_of(source_port, destination_port));
  out.word(word_of(static_cast<std::uint16_t>(frame.size()), 0));
  auto& udp = layout_at<layout::Udp>(at);
  if (offload.udp) {
    udp.checksum = leave_to_nic(frame, ip, kProtoUdp, kTxUdpChecksum);
    return;
  }
  const std::uint16_t checksum =
      pseudo_header(frame, ip, kProtoUdp).add(out.sum()).add(text).checksum();
  udp.checksum = checksum == 0 ? std::uint16_t{0xffff} : checksum;
}

// RFC 792 sums the message alone, RFC 4443 §2.3 the pseudo-header as well.
void fill_icmp_checksum(Frame& frame, const IpHeader& ip) noexcept {
  assert(frame.size() >= sizeof(layout::Icmp));
  forget_offload(frame);
  auto& icmp = layout_at<layout::Icmp>(frame.bytes().data());
  icmp.checksum = std::uint16_t{0};
  InternetSum sum = ip.source.is_v4() ? InternetSum() : pseudo_header(frame, ip, kProtoIcmpv6);
  icmp.checksum = sum.add(frame.bytes()).checksum();
}

void prepend_ip(Frame& frame, const IpHeader& ip, std::uint8_t link_length,
                ChecksumOffload offload) noexcept {
  assert(ip.source.is_v4() == ip.destination.is_v4());
  if (ip.source.is_v4()) {
    std::uint8_t* const at = frame.prepend(sizeof(layout::Ipv4));
    write_ipv4(frame, at, frame.packet_size(), ip, offload);
    frame.set_header_lengths(link_length, sizeof(layout::Ipv4));
  } else {
    prepend_ipv6(frame, ip);
    frame.set_header_lengths(link_length, sizeof(layout::Ipv6));
  }
}

void prepend_ethernet(Frame& frame, const Mac& source, const Mac& destination,
                      std::uint16_t ether_type, std::uint16_t vlan) noexcept {
  if (vlan != 0) {
    auto& tag = prepend<layout::VlanTag>(frame);
    tag.control = vlan;
    tag.type = ether_type;
  }
  auto& ethernet = prepend<layout::Ethernet>(frame);
  ethernet.destination = destination;
  ethernet.source = source;
  ethernet.type = vlan != 0 ? layout::kEtherVlan : ether_type;
}

}  // namespace weir
