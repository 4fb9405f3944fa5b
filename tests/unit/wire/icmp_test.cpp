// ICMP of both families: reading, and the errors that quote what was refused.
#include "wire/icmp.hpp"

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class IcmpMessage : public WireTest {
 protected:
  std::uint8_t protocol() const { return family() == Family::v4 ? kProtoIcmp : kProtoIcmpv6; }
};

TEST_P(IcmpMessage, IsReadAsWritten) {
  for (const std::size_t size : {0, 1, 56, 1472 - 40}) {
    ASSERT_EQ(read_icmp(bench_.echo_request(family(), size)), std::nullopt);
    EXPECT_EQ(icmp_.type, family() == Family::v4 ? 8 : 128);
    EXPECT_EQ(icmp_.code, 0);
    EXPECT_EQ(icmp_.rest.size(), size + 4);
    EXPECT_EQ(icmp_.rest[1], 1);
    EXPECT_EQ(icmp_.rest[3], 2);
  }
}

TEST_P(IcmpMessage, BelowEightBytesIsTruncated) {
  for (std::size_t size = 0; size < 8; ++size) {
    Frame frame = bench_.fresh(text_of(size));
    EXPECT_EQ(read_icmp(bench_.finish(frame, ip_header(family(), protocol()))),
              Drop::icmp_truncated);
  }
}

TEST_P(IcmpMessage, WithAWrongChecksumIsRefusedWhateverTheNicSays) {
  Octets bytes = bench_.echo_request(family());
  bytes.back() ^= 1;
  EXPECT_EQ(read_icmp(bytes), Drop::icmp_bad_checksum);
  EXPECT_EQ(read_icmp(bytes, kVouched), Drop::icmp_bad_checksum);
}

TEST_P(IcmpMessage, ChecksumCoversThePseudoHeaderInIpv6Only) {
  Octets bytes = bench_.echo_request(family());
  bytes[l4() - 1] ^= 1;  // the destination's last byte
  const Refusal expected = family() == Family::v4 ? Refusal() : Refusal(Drop::icmp_bad_checksum);
  EXPECT_EQ(read_icmp(bytes, kVouched), expected);
}

class IcmpError : public IcmpMessage {
 protected:
  /// Refuses `bytes` with an error, sends it back and reads it; returns the quote.
  Octets quote_of(Frame& frame, std::uint32_t rest) {
    Packet packet;
    Link link;
    EXPECT_EQ(read_packet(frame, link, packet), std::nullopt);
    IpHeader back = ip_header(family(), protocol());
    std::swap(back.source, back.destination);
    build_icmp_error(packet, family() == Family::v4 ? std::uint8_t{3} : std::uint8_t{4},
                     family() == Family::v4 ? 3 : 1, rest);
    fill_icmp_checksum(frame, back);
    error_size_ = frame.size() + ip_size(family());
    EXPECT_EQ(read_icmp(bench_.finish(frame, back)), std::nullopt);
    EXPECT_EQ(icmp_.type, family() == Family::v4 ? 3 : 4);
    EXPECT_EQ(icmp_.code, family() == Family::v4 ? 3 : 1);
    EXPECT_EQ(icmp_.rest[3], rest);
    return {icmp_.rest.begin() + 4, icmp_.rest.end()};
  }
  std::size_t limit() const { return family() == Family::v4 ? 576 : 1280; }

  std::size_t error_size_ = 0;
};

TEST_P(IcmpError, QuotesTheWholePacketUnchangedWithoutItsPadding) {
  Octets bytes = bench_.udp(family(), text_of(40));
  const Octets packet(bytes.begin() + kEthernet, bytes.end());
  bytes.resize(bytes.size() + 6, 0xee);
  Frame frame = bench_.at_end(bytes);
  EXPECT_EQ(quote_of(frame, 6), packet);
}

TEST_P(IcmpError, QuotesOnlyAsMuchAsItsFamilyAllows) {
  const Octets bytes = bench_.udp(family(), text_of(1450));
  Frame frame = bench_.at_end(bytes);
  const Octets quote = quote_of(frame, 0);
  EXPECT_EQ(error_size_, limit());
  EXPECT_TRUE(std::equal(quote.begin(), quote.end(), bytes.begin() + kEthernet));
}

TEST_P(IcmpError, MovesThePacketWhenItsBufferHasNoHeadroom) {
  for (const std::size_t size : {0, 3, 1000}) {
    const Octets bytes = bench_.udp(family(), text_of(size));
    Frame frame = bench_.fresh();
    frame.place(0, static_cast<std::uint16_t>(bytes.size()));
    std::memcpy(frame.bytes().data(), bytes.data(), bytes.size());
    const Octets quote = quote_of(frame, 9);
    EXPECT_TRUE(std::equal(quote.begin(), quote.end(), bytes.begin() + kEthernet));
    EXPECT_EQ(quote.size(), std::min(bytes.size() - kEthernet, limit() - ip_size(family()) - 8));
  }
}

TEST_P(IcmpError, QuotesLessWhenTheBufferEndsSooner) {
  MemoryPool tight(1, 128, 0);
  const Octets bytes = bench_.udp(family(), text_of(50));
  Frame frame = tight.make(bytes);
  const Octets quote = quote_of(frame, 0);
  EXPECT_GE(quote.size(), ip_size(family()) + 8);
  EXPECT_TRUE(std::equal(quote.begin(), quote.end(), bytes.begin() + kEthernet));
}

INSTANTIATE_TEST_SUITE_P(, IcmpMessage, testing::Values(Family::v4, Family::v6), family_name);
INSTANTIATE_TEST_SUITE_P(, IcmpError, testing::Values(Family::v4, Family::v6), family_name);

}  // namespace
}  // namespace weir::test
