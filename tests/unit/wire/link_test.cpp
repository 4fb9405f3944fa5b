// The Ethernet header and its tag.
#include "wire_kit.hpp"

namespace weir::test {
namespace {

class LinkHeader : public WireTest {};

Refusal read_link(Bench& bench, const Octets& bytes, Link& link, std::uint16_t flags = 0) {
  Frame frame = bench.at_end(bytes);
  frame.set_flags(flags);
  return parse_link(frame, link);
}

TEST_P(LinkHeader, WithoutTagIsReadAsWritten) {
  Frame frame = bench_.fresh();
  prepend_ethernet(frame, kPeerMac, kOurMac, kEtherArp, 0);
  ASSERT_EQ(parse_link(frame, link_), std::nullopt);
  EXPECT_EQ(link_.source, kPeerMac);
  EXPECT_EQ(link_.destination, kOurMac);
  EXPECT_EQ(link_.ether_type, kEtherArp);
  EXPECT_EQ(link_.vlan, 0);
  EXPECT_EQ(link_.length, 14);
}

TEST_P(LinkHeader, WithTagIsReadAsWrittenAndThePacketBehindItToo) {
  Frame frame = bench_.fresh(text_of(9));
  const IpHeader ip = ip_header(family(), kProtoUdp);
  prepend_udp(frame, 1, 2, ip, {});
  prepend_ip(frame, ip, 18, {});
  prepend_ethernet(frame, kPeerMac, kOurMac, ether_type(ip.source), 4094);
  ASSERT_EQ(read_udp(copy_of(frame)), std::nullopt);
  EXPECT_EQ(link_.vlan, 4094);
  EXPECT_EQ(link_.length, 18);
  EXPECT_EQ(packet_.l3_offset, 18);
  EXPECT_EQ(frame.l2_length(), 18);
}

TEST_P(LinkHeader, OfAnyLengthBelowFourteenIsTruncated) {
  const Octets whole = bench_.udp(family());
  for (std::size_t size = 0; size < kEthernet; ++size) {
    EXPECT_EQ(read_link(bench_, {whole.begin(), whole.begin() + static_cast<long>(size)}, link_),
              Drop::eth_truncated);
  }
}

TEST(Link, WhoseTagIsCutOffIsTruncated) {
  Bench bench;
  Link link;
  Octets bytes = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0x00, 0, 5, 8};
  EXPECT_EQ(read_link(bench, bytes, link), Drop::eth_truncated);
  bytes.push_back(0);
  EXPECT_EQ(read_link(bench, bytes, link), std::nullopt);
}

TEST(Link, WithAPriorityTagHasNoVlan) {
  Bench bench;
  Link link;
  ASSERT_EQ(
      read_link(bench, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0xe0, 0, 0x86, 0xdd}, link),
      std::nullopt);
  EXPECT_EQ(link.vlan, 0);
  EXPECT_EQ(link.length, 18);
  EXPECT_EQ(link.ether_type, kEtherIpv6);
}

TEST(Link, WithTheReservedVlanIsRefused) {
  Bench bench;
  Link link;
  EXPECT_EQ(read_link(bench, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x0f, 0xff, 8, 0}, link),
            Drop::eth_vlan_unknown);
}

TEST_P(LinkHeader, FromAGroupAddressIsRefused) {
  Octets bytes = bench_.udp(family());
  bytes[6] |= 1;
  EXPECT_EQ(read(bytes), Drop::eth_bad_source);
}

TEST_P(LinkHeader, OfAChainedFrameIsNotRead) {
  EXPECT_EQ(read(bench_.udp(family()), kRxChained), Drop::eth_chained);
}

INSTANTIATE_TEST_SUITE_P(, LinkHeader, testing::Values(Family::v4, Family::v6), family_name);

}  // namespace
}  // namespace weir::test
