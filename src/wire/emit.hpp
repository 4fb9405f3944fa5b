// Headers written in front of a payload, innermost first, checksums included.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "base/mac.hpp"
#include "frame/frame.hpp"
#include "wire/packet.hpp"
#include "wire/tcp_header.hpp"

namespace weir {

/// The most bytes that all headers together may need in front of a payload.
inline constexpr std::uint16_t kHeaderRoom = 18 + 40 + 60;

/// What the port's NIC fills in by itself; the rest is computed here.
struct ChecksumOffload {
  bool ipv4 = false, tcp = false, udp = false;
};

struct IpHeader {
  Address source, destination;  ///< both of one family
  std::uint8_t protocol = 0;
  std::uint8_t ttl = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;      ///< IPv6 only, 20 bits (RFC 6437)
  std::uint16_t identification = 0;  ///< IPv4 only; DF is set always, so any value does (RFC 6864)
};

/// The frame's bytes are the text; puts a TCP header before it. The checksum covers header, text
/// and pseudo-header; with offload it holds the pseudo-header's sum and the frame's flags ask the
/// NIC.
void prepend_tcp(Frame& frame, const TcpHeader& header, const IpHeader& ip,
                 ChecksumOffload offload) noexcept;

/// The same for UDP. A computed checksum of zero is sent as 0xffff (RFC 768).
void prepend_udp(Frame& frame, std::uint16_t source_port, std::uint16_t destination_port,
                 const IpHeader& ip, ChecksumOffload offload) noexcept;

/// The frame's bytes are an ICMP or ICMPv6 message with any checksum field: fills it in.
void fill_icmp_checksum(Frame& frame, const IpHeader& ip) noexcept;

/// Puts an IPv4 or IPv6 header before the frame's bytes. `link_length` (14 or 18) is what
/// prepend_ethernet will add: a NIC that computes checksums wants to know.
void prepend_ip(Frame& frame, const IpHeader& ip, std::uint8_t link_length,
                ChecksumOffload offload) noexcept;

/// Puts an Ethernet header before the frame's bytes, with a tag when vlan is not 0.
void prepend_ethernet(Frame& frame, const Mac& source, const Mac& destination,
                      std::uint16_t ether_type, std::uint16_t vlan) noexcept;

}  // namespace weir
