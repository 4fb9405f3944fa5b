// Damaged frames by the hundred thousand: nothing is read beyond the frame, and what is accepted
// lies inside it. The address sanitizer is the judge; frames end where their allocation ends.
#include <random>

#include "wire/arp.hpp"
#include "wire_kit.hpp"

namespace weir::test {
namespace {

class Mutation : public testing::Test {
 protected:
  Mutation() {
    for (const Family f : {Family::v4, Family::v6}) {
      TcpHeader header;
      header.source_port = header.destination_port = 9;
      header.options.mss = 1460;
      header.options.has_window_scale = header.options.has_timestamps = true;
      header.options.sack_count = 4;
      seeds_.push_back(bench_.tcp(f, header, text_of(20)));
      seeds_.push_back(bench_.udp(f, text_of(20)));
      seeds_.push_back(bench_.echo_request(f));
    }
    Octets routed = bench_.udp(Family::v4, text_of(4));  // with room for options
    routed[14] = 0x47;
    mend_ipv4(routed);
    seeds_.push_back(routed);
    seeds_.push_back(bench_.ipv6(
        kProtoHopByHop, Octets{43, 0, 1, 4, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 44, 1, 5, 2,
                               0,  0, 1, 8, 0, 0, 0, 0, 0,  0, 0, 0, 6, 0, 0, 0, 1,  1, 1, 1}));
    Frame frame = bench_.fresh();
    NeighbourMessage message;
    message.target = our_address(Family::v6);
    message.link_layer_option = kPeerMac;
    build_neighbour_solicitation(frame, message);
    IpHeader ip = ip_header(Family::v6, kProtoIcmpv6);
    ip.ttl = 255;
    fill_icmp_checksum(frame, ip);
    seeds_.push_back(bench_.finish(frame, ip));
    build_arp(frame,
              {ArpOperation::reply, kPeerMac, peer_address(Family::v4), our_address(Family::v4)},
              kOurMac);
    prepend_ethernet(frame, kPeerMac, kOurMac, kEtherArp, 7);
    seeds_.push_back(copy_of(frame));
  }

  std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

  Octets mutant() {
    Octets bytes = seeds_[below(seeds_.size())];
    if (below(4) == 0) bytes.resize(below(bytes.size() + 40), 0x5a);
    for (std::uint32_t n = below(8); n > 0 && !bytes.empty(); --n) {
      static constexpr std::uint8_t kEdges[] = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xff};
      std::uint8_t& byte = bytes[below(bytes.size())];
      byte = below(2) == 0 ? kEdges[below(sizeof kEdges)] : static_cast<std::uint8_t>(random_());
    }
    return bytes;
  }

  static bool inside(const Frame& frame, std::span<const std::uint8_t> part) {
    const auto whole = frame.bytes();
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
  }

  void read_transport(const Packet& packet) {
    Segment segment;
    UdpHeader udp;
    IcmpHeader icmp;
    NeighbourMessage message;
    switch (packet.protocol) {
      case kProtoTcp:
        if (parse_tcp(packet, segment)) return;
        ASSERT_TRUE(inside(*packet.frame, segment.text));
        ASSERT_LE(segment.options.sack_count, 4);
        ASSERT_LE(segment.options.window_scale, 14);
        break;
      case kProtoUdp:
        if (parse_udp(packet, udp)) return;
        ASSERT_TRUE(inside(*packet.frame, udp.text));
        break;
      case kProtoIcmp:
      case kProtoIcmpv6:
        // Checksums are mostly wrong by now: the neighbour's message is read regardless.
        if (!parse_icmp(packet, icmp)) {
          ASSERT_TRUE(inside(*packet.frame, icmp.rest));
        }
        (void)parse_neighbour(packet, icmp, message);
        break;
      default:
        return;
    }
    ++accepted_;
  }

  void read(Frame& frame) {
    Link link;
    Packet packet;
    if (parse_link(frame, link)) return;
    ASSERT_LE(link.length, frame.size());
    ArpMessage arp;
    (void)parse_arp(frame, link, arp);
    if (!parse_ipv4(frame, link, packet) || !parse_ipv6(frame, link, packet)) {
      ASSERT_TRUE(inside(frame, packet.l4()));
      read_transport(packet);
      build_icmp_error(packet, 3, 3, 0);
      ASSERT_LE(frame.size(), 1240);
    } else if (packet.frame != nullptr) {
      ASSERT_TRUE(inside(frame, packet.l4())) << "what a refusal leaves behind can be quoted";
      build_icmp_error(packet, 4, 0, 0);
    }
  }

  Bench bench_;
  std::mt19937 random_{200'000};
  std::vector<Octets> seeds_;
  std::uint32_t accepted_ = 0;
};

TEST_F(Mutation, OfAnyKindIsReadWithinItsBounds) {
  for (int i = 0; i < 300'000; ++i) {
    Frame frame = bench_.at_end(mutant());
    frame.set_flags(below(4) == 0 ? std::uint16_t{0} : kVouched);
    read(frame);
    if (HasFatalFailure()) FAIL() << "in round " << i;
  }
  EXPECT_GT(accepted_, 30'000U) << "the mutants die too early to test what lies deeper";
}

TEST_F(Mutation, OfPureNoiseBehindTheLinkHeaderIsReadWithinItsBounds) {
  for (int i = 0; i < 100'000; ++i) {
    Octets bytes = seeds_[below(2) * 3];
    bytes.resize(kEthernet + below(120));
    for (std::size_t at = kEthernet + 1; at < bytes.size(); ++at) {
      bytes[at] = static_cast<std::uint8_t>(random_());
    }
    Frame frame = bench_.at_end(bytes);
    frame.set_flags(kVouched);
    read(frame);
    if (HasFatalFailure()) FAIL() << "in round " << i;
  }
}

}  // namespace
}  // namespace weir::test
