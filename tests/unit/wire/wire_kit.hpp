// What the tests of this layer share: sound frames of both families, to be read whole or damaged.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "frame/memory_pool.hpp"
#include "wire/checksum.hpp"
#include "wire/emit.hpp"
#include "wire/icmp.hpp"
#include "wire/nd.hpp"
#include "wire/packet.hpp"
#include "wire/tcp_header.hpp"
#include "wire/udp_header.hpp"

namespace weir {

inline void PrintTo(Drop drop, std::ostream* out) { *out << text(drop).name; }

namespace test {

using Octets = std::vector<std::uint8_t>;

enum class Family { v4, v6 };
inline std::string family_name(const testing::TestParamInfo<Family>& info) {
  return info.param == Family::v4 ? "IPv4" : "IPv6";
}

inline constexpr Mac kOurMac{{2, 0, 0, 0, 0, 1}}, kPeerMac{{2, 0, 0, 0, 0, 2}};
inline constexpr std::size_t kEthernet = 14;

inline Address address(std::string_view text) { return Address::parse(text).value(); }
inline Address our_address(Family f) {
  return address(f == Family::v4 ? "192.0.2.1" : "2001:db8::1");
}
inline Address peer_address(Family f) {
  return address(f == Family::v4 ? "192.0.2.77" : "2001:db8::77");
}
inline std::size_t ip_size(Family f) { return f == Family::v4 ? 20 : 40; }
inline std::uint16_t ether_type(const Address& a) { return a.is_v4() ? kEtherIpv4 : kEtherIpv6; }

/// From the peer to us.
inline IpHeader ip_header(Family f, std::uint8_t protocol) {
  return {.source = peer_address(f),
          .destination = our_address(f),
          .protocol = protocol,
          .ttl = 61,
          .traffic_class = 0xb9,
          .flow_label = 0xabcde,
          .identification = 0x1234};
}

inline Octets text_of(std::size_t size) {
  Octets text(size);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return text;
}

inline Octets copy_of(const Frame& frame) { return {frame.bytes().begin(), frame.bytes().end()}; }

/// Frames from a pool whose buffers end where the frame ends: the address sanitizer sees any read
/// that goes beyond.
class Bench {
 public:
  static constexpr std::uint16_t kDataRoom = 2304;

  [[nodiscard]] Frame fresh(std::span<const std::uint8_t> text = {}) {
    Frame frame = pool_.make(text);
    return frame;
  }
  [[nodiscard]] Frame at_end(std::span<const std::uint8_t> bytes) {
    Frame frame = pool_.pool().allocate();
    const auto size = static_cast<std::uint16_t>(bytes.size());
    frame.place(static_cast<std::uint16_t>(kDataRoom - size), size);
    if (size != 0) std::memcpy(frame.bytes().data(), bytes.data(), size);
    return frame;
  }

  /// The frame's bytes are what stands behind the IP header.
  Octets finish(Frame& frame, const IpHeader& ip) {
    prepend_ip(frame, ip, kEthernet, {});
    prepend_ethernet(frame, kPeerMac, kOurMac, ether_type(ip.source), 0);
    return copy_of(frame);
  }
  Octets tcp(Family f, const TcpHeader& header, std::span<const std::uint8_t> text = {}) {
    Frame frame = fresh(text);
    const IpHeader ip = ip_header(f, kProtoTcp);
    prepend_tcp(frame, header, ip, {});
    return finish(frame, ip);
  }
  Octets udp(Family f, std::span<const std::uint8_t> text = {}, std::uint16_t source_port = 5353) {
    Frame frame = fresh(text);
    const IpHeader ip = ip_header(f, kProtoUdp);
    prepend_udp(frame, source_port, 7, ip, {});
    return finish(frame, ip);
  }
  /// `message` starts with type and code; its checksum is filled in.
  Octets icmp(IpHeader ip, std::span<const std::uint8_t> message) {
    Frame frame = fresh(message);
    fill_icmp_checksum(frame, ip);
    return finish(frame, ip);
  }
  Octets echo_request(Family f, std::size_t text = 56) {
    Octets message = {f == Family::v4 ? std::uint8_t{8} : std::uint8_t{128}, 0, 0, 0, 0, 1, 0, 2};
    const Octets tail = text_of(text);
    message.insert(message.end(), tail.begin(), tail.end());
    return icmp(ip_header(f, f == Family::v4 ? kProtoIcmp : kProtoIcmpv6), message);
  }
  /// An IPv6 packet with `payload` behind its fixed header.
  Octets ipv6(std::uint8_t next_header, std::span<const std::uint8_t> payload) {
    Frame frame = fresh(payload);
    return finish(frame, ip_header(Family::v6, next_header));
  }

 private:
  MemoryPool pool_{4, kDataRoom, 256};
};

/// A frame with all that was read from its link and network headers.
struct Read {
  Frame frame;
  Link link;
  Packet packet;
  Refusal refusal;
};

inline Refusal read_packet(Frame& frame, Link& link, Packet& packet) {
  if (const Refusal refusal = parse_link(frame, link)) return refusal;
  return link.ether_type == kEtherIpv4 ? parse_ipv4(frame, link, packet)
                                       : parse_ipv6(frame, link, packet);
}

/// Makes the IPv4 header's checksum right again after the header was changed.
inline void mend_ipv4(Octets& frame) {
  const std::size_t header =
      std::min<std::size_t>((frame[kEthernet] & 15U) * 4U, frame.size() - 14);
  frame[24] = frame[25] = 0;
  const std::uint16_t sum = internet_checksum(std::span(frame).subspan(kEthernet, header));
  frame[24] = static_cast<std::uint8_t>(sum >> 8);
  frame[25] = static_cast<std::uint8_t>(sum);
}

/// The wire layer asked about raw bytes, in one call each.
class WireTest : public testing::TestWithParam<Family> {
 protected:
  [[nodiscard]] Family family() const { return GetParam(); }
  [[nodiscard]] std::size_t l4() const { return kEthernet + ip_size(family()); }

  Refusal read(const Octets& bytes, std::uint16_t flags = 0) {
    frame_ = bench_.at_end(bytes);
    frame_.set_flags(flags);
    return read_packet(frame_, link_, packet_);
  }
  Refusal read_tcp(const Octets& bytes, std::uint16_t flags = 0) {
    if (const Refusal refusal = read(bytes, flags)) return refusal;
    return parse_tcp(packet_, segment_);
  }
  Refusal read_udp(const Octets& bytes, std::uint16_t flags = 0) {
    if (const Refusal refusal = read(bytes, flags)) return refusal;
    return parse_udp(packet_, udp_);
  }
  Refusal read_icmp(const Octets& bytes, std::uint16_t flags = 0) {
    if (const Refusal refusal = read(bytes, flags)) return refusal;
    return parse_icmp(packet_, icmp_);
  }

  Bench bench_;
  Frame frame_;
  Link link_;
  Packet packet_;
  Segment segment_;
  UdpHeader udp_;
  IcmpHeader icmp_;
};

/// The flags of a NIC that vouches for everything: what is wrong then is the header, not the sum.
inline constexpr std::uint16_t kVouched = kRxIpChecksumGood | kRxL4ChecksumGood;

}  // namespace test
}  // namespace weir
