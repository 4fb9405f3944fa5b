// UDP headers: round trip, the length field's two meanings, and the optional checksum.
#include "wire/udp_header.hpp"

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class UdpDatagram : public WireTest {
 protected:
  Octets with_length(std::uint16_t length) {
    Octets bytes = bench_.udp(family(), text_of(12));
    bytes[l4() + 4] = static_cast<std::uint8_t>(length >> 8);
    bytes[l4() + 5] = static_cast<std::uint8_t>(length);
    return bytes;
  }
  // Without a checksum from the kit: this sums what the length field covers.
  void mend(Octets& bytes, std::uint16_t length) {
    bytes[l4() + 6] = bytes[l4() + 7] = 0;
    const std::uint16_t sum =
        pseudo_header_sum(peer_address(family()), our_address(family()), kProtoUdp, length)
            .add(std::span(bytes).subspan(l4(), length))
            .checksum();
    bytes[l4() + 6] = static_cast<std::uint8_t>(sum >> 8);
    bytes[l4() + 7] = static_cast<std::uint8_t>(sum);
  }
};

TEST_P(UdpDatagram, IsReadAsWritten) {
  for (const std::size_t size : {0, 1, 2, 1400}) {
    const Octets text = text_of(size);
    ASSERT_EQ(read_udp(bench_.udp(family(), text)), std::nullopt);
    EXPECT_EQ(udp_.source_port, 5353);
    EXPECT_EQ(udp_.destination_port, 7);
    EXPECT_EQ(Octets(udp_.text.begin(), udp_.text.end()), text);
  }
}

TEST_P(UdpDatagram, BelowEightBytesIsTruncated) {
  for (std::size_t size = 0; size < 8; ++size) {
    Frame frame = bench_.fresh(text_of(size));
    EXPECT_EQ(read_udp(bench_.finish(frame, ip_header(family(), kProtoUdp))), Drop::udp_truncated);
  }
}

TEST_P(UdpDatagram, WithLengthBelowEightOrBeyondThePacketIsRefused) {
  for (const std::uint16_t length : std::vector<std::uint16_t>{0, 7, 21, 2000, 65535}) {
    EXPECT_EQ(read_udp(with_length(length), kVouched), Drop::udp_bad_length) << length;
  }
}

TEST_P(UdpDatagram, WithLengthBelowThePacketIsTrimmed) {
  Octets bytes = with_length(13);
  mend(bytes, 13);
  ASSERT_EQ(read_udp(bytes), std::nullopt);
  EXPECT_EQ(udp_.text.size(), 5U);
  EXPECT_EQ(read_udp(bytes, kRxL4ChecksumBad), std::nullopt)
      << "a NIC that sums the whole packet is wrong here";
}

TEST_P(UdpDatagram, WithAWrongChecksumIsRefusedUnlessTheNicVouches) {
  Octets bytes = bench_.udp(family(), text_of(12));
  EXPECT_EQ(read_udp(bytes, kRxL4ChecksumBad), Drop::udp_bad_checksum);
  bytes.back() ^= 0x80;
  EXPECT_EQ(read_udp(bytes), Drop::udp_bad_checksum);
  EXPECT_EQ(read_udp(bytes, kRxL4ChecksumGood), std::nullopt);
}

TEST_P(UdpDatagram, WithoutChecksumIsAcceptedOverIpv4Only) {
  Octets bytes = bench_.udp(family(), text_of(12));
  bytes[l4() + 6] = bytes[l4() + 7] = 0;
  const Refusal expected = family() == Family::v4 ? Refusal() : Refusal(Drop::udp_bad_checksum);
  EXPECT_EQ(read_udp(bytes), expected);
  EXPECT_EQ(read_udp(bytes, kRxL4ChecksumBad), expected);
}

TEST_P(UdpDatagram, FromPortZeroIsRefused) {
  EXPECT_EQ(read_udp(bench_.udp(family(), text_of(2), 0)), Drop::udp_bad_source);
}

INSTANTIATE_TEST_SUITE_P(, UdpDatagram, testing::Values(Family::v4, Family::v6), family_name);

}  // namespace
}  // namespace weir::test
