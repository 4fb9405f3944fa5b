// What is written: checked by DPDK's arithmetic and by the fields' places.
#include "wire/emit.hpp"

#include <rte_ip.h>

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class Emit : public WireTest {
 protected:
  // Whether DPDK would have computed the transport checksum that stands in a finished frame.
  bool dpdk_accepts(Octets bytes) const {
    const std::uint8_t protocol = bytes[kEthernet + (family() == Family::v4 ? 9 : 6)];
    const std::size_t at = l4() + (protocol == kProtoTcp ? 16 : 6);
    const std::uint16_t ours = stored(bytes, at);
    bytes[at] = bytes[at + 1] = 0;
    const void* const transport = bytes.data() + l4();
    return ours ==
           (family() == Family::v4
                ? rte_ipv4_udptcp_cksum(
                      reinterpret_cast<const rte_ipv4_hdr*>(bytes.data() + kEthernet), transport)
                : rte_ipv6_udptcp_cksum(
                      reinterpret_cast<const rte_ipv6_hdr*>(bytes.data() + kEthernet), transport));
  }
  std::uint16_t dpdk_pseudo_header(const Octets& bytes) const {
    return family() == Family::v4
               ? rte_ipv4_phdr_cksum(
                     reinterpret_cast<const rte_ipv4_hdr*>(bytes.data() + kEthernet), 0)
               : rte_ipv6_phdr_cksum(
                     reinterpret_cast<const rte_ipv6_hdr*>(bytes.data() + kEthernet), 0);
  }
  static std::uint16_t stored(const Octets& bytes, std::size_t at) {
    std::uint16_t value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
};

TEST_P(Emit, ChecksumsSatisfyDpdk) {
  for (const std::size_t size : {0, 1, 5, 512, 1399}) {
    EXPECT_TRUE(dpdk_accepts(bench_.tcp(family(), TcpHeader{}, text_of(size))));
    EXPECT_TRUE(dpdk_accepts(bench_.udp(family(), text_of(size))));
  }
  if (family() == Family::v4) {
    Octets bytes = bench_.udp(Family::v4);
    EXPECT_EQ(rte_raw_cksum(bytes.data() + kEthernet, 20), 0xffff);
  }
}

TEST_P(Emit, UdpChecksumOfZeroIsSentAsAllOnes) {
  Octets text = {0, 0};
  Octets bytes = bench_.udp(family(), text);
  // The text takes the value that the checksum had: now everything sums to zero.
  std::memcpy(text.data(), bytes.data() + l4() + 6, 2);
  bytes = bench_.udp(family(), text);
  EXPECT_EQ(stored(bytes, l4() + 6), 0xffff);
  EXPECT_TRUE(dpdk_accepts(bytes));
  EXPECT_EQ(read_udp(bytes), std::nullopt);
}

TEST_P(Emit, OffloadLeavesThePseudoHeaderSumAndAsksTheNic) {
  const ChecksumOffload all{.ipv4 = true, .tcp = true, .udp = true};
  for (const Protocol protocol : {kProtoTcp, kProtoUdp}) {
    Frame frame = bench_.fresh(text_of(77));
    const IpHeader ip = ip_header(family(), protocol);
    if (protocol == kProtoTcp) {
      prepend_tcp(frame, TcpHeader{}, ip, all);
    } else {
      prepend_udp(frame, 1, 2, ip, all);
    }
    prepend_ip(frame, ip, kEthernet, all);
    prepend_ethernet(frame, kPeerMac, kOurMac, ether_type(ip.source), 0);

    const Octets bytes = copy_of(frame);
    EXPECT_EQ(stored(bytes, l4() + (protocol == kProtoTcp ? 16 : 6)), dpdk_pseudo_header(bytes));
    EXPECT_EQ(frame.has(kTxTcpChecksum), protocol == kProtoTcp);
    EXPECT_EQ(frame.has(kTxUdpChecksum), protocol == kProtoUdp);
    EXPECT_EQ(frame.has(kTxIpv6), family() == Family::v6);
    EXPECT_EQ(frame.has(kTxIpChecksum), family() == Family::v4);
    EXPECT_EQ(frame.l2_length(), kEthernet);
    EXPECT_EQ(frame.l3_length(), ip_size(family()));
    if (family() == Family::v4) {
      EXPECT_EQ(stored(bytes, 24), 0);
    }
  }
}

TEST_P(Emit, BufferThatIsWrittenAgainForgetsWhatItAskedTheNic) {
  Frame frame = bench_.fresh(text_of(10));
  const IpHeader ip = ip_header(family(), kProtoTcp);
  prepend_tcp(frame, TcpHeader{}, ip, {.ipv4 = true, .tcp = true, .udp = true});
  frame.trim_front(20);
  frame.set(kOwesVerdict);
  prepend_tcp(frame, TcpHeader{}, ip, {});
  EXPECT_EQ(frame.flags(), kOwesVerdict);
  EXPECT_TRUE(dpdk_accepts(bench_.finish(frame, ip)));
}

TEST_P(Emit, IpHeaderHasEveryFieldInItsPlace) {
  const Octets bytes = bench_.udp(family(), text_of(3));
  const Octets header(bytes.begin() + kEthernet, bytes.begin() + static_cast<long>(l4()));
  if (family() == Family::v4) {
    Octets expected = {0x45, 0xb9, 0,   31, 0x12, 0x34, 0x40, 0, 61, 17,
                       0,    0,    192, 0,  2,    77,   192,  0, 2,  1};
    expected[10] = header[10], expected[11] = header[11];
    EXPECT_EQ(header, expected);
  } else {
    const Octets start = {0x6b, 0x9a, 0xbc, 0xde, 0, 11, 17, 61, 0x20, 0x01};
    EXPECT_EQ(Octets(header.begin(), header.begin() + 10), start);
  }
}

INSTANTIATE_TEST_SUITE_P(, Emit, testing::Values(Family::v4, Family::v6), family_name);

}  // namespace
}  // namespace weir::test
