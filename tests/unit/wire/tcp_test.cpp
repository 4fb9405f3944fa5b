// TCP headers: round trip and refusals.
#include "wire/tcp_header.hpp"

#include "wire_kit.hpp"

namespace weir::test {
namespace {

TcpHeader syn() {
  TcpHeader header;
  header.source_port = 40000;
  header.destination_port = 80;
  header.seq = Seq(0xfffffff0);
  header.ack = Seq(0x80000001);
  header.window = 64240;
  header.flags = kSyn | kAck | kEce;
  header.options.mss = 1460;
  header.options.has_window_scale = true;
  header.options.window_scale = 7;
  header.options.sack_permitted = true;
  header.options.has_timestamps = true;
  header.options.ts_value = 0x01020304;
  header.options.ts_echo = 0xa0b0c0d0;
  return header;
}

class TcpSegment : public WireTest {
 protected:
  Octets sound() { return bench_.tcp(family(), syn(), text_of(33)); }
};

TEST_P(TcpSegment, IsReadAsWritten) {
  for (const std::size_t size : {0, 1, 2, 33, 1400}) {
    const Octets text = text_of(size);
    ASSERT_EQ(read_tcp(bench_.tcp(family(), syn(), text)), std::nullopt) << size;
    EXPECT_EQ(segment_.source_port, 40000);
    EXPECT_EQ(segment_.destination_port, 80);
    EXPECT_EQ(segment_.seq, Seq(0xfffffff0));
    EXPECT_EQ(segment_.ack, Seq(0x80000001));
    EXPECT_EQ(segment_.window, 64240);
    EXPECT_EQ(segment_.flags, kSyn | kAck | kEce);
    EXPECT_EQ(segment_.traffic_class, 0xb9);
    EXPECT_EQ(segment_.options.mss, 1460);
    EXPECT_EQ(segment_.options.window_scale, 7);
    EXPECT_EQ(segment_.options.ts_value, 0x01020304U);
    EXPECT_EQ(segment_.options.ts_echo, 0xa0b0c0d0U);
    EXPECT_EQ(Octets(segment_.text.begin(), segment_.text.end()), text);
    EXPECT_EQ(segment_.length(), size + 1);
    EXPECT_EQ(segment_.frame, &frame_);
  }
}

TEST_P(TcpSegment, BelowTwentyBytesIsTruncated) {
  for (std::size_t size = 0; size < 20; ++size) {
    Frame frame = bench_.fresh(text_of(size));
    EXPECT_EQ(read_tcp(bench_.finish(frame, ip_header(family(), kProtoTcp)), kVouched),
              Drop::tcp_truncated);
  }
}

TEST_P(TcpSegment, WithDataOffsetBelowFiveOrBeyondTheSegmentIsRefused) {
  Octets bytes = bench_.tcp(family(), TcpHeader{});
  for (const std::uint8_t words : Octets{0, 4, 6, 15}) {
    bytes[l4() + 12] = static_cast<std::uint8_t>(words << 4);
    EXPECT_EQ(read_tcp(bytes, kVouched), Drop::tcp_bad_offset) << int{words};
  }
}

TEST_P(TcpSegment, WithAnyBitFlippedIsRefused) {
  const Octets sound_bytes = sound();
  for (std::size_t at = l4(); at < sound_bytes.size(); ++at) {
    if (at == l4() + 12) continue;  // the data offset has its own reason
    for (int bit = 0; bit < 8; ++bit) {
      Octets bytes = sound_bytes;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1 << bit);
      ASSERT_EQ(read_tcp(bytes), Drop::tcp_bad_checksum) << at;
    }
  }
}

TEST_P(TcpSegment, WithZeroChecksumIsRefused) {
  Octets bytes = sound();
  bytes[l4() + 16] = bytes[l4() + 17] = 0;
  EXPECT_EQ(read_tcp(bytes), Drop::tcp_bad_checksum);
}

TEST_P(TcpSegment, ChecksumIsTheNicsWordWhenItGivesOne) {
  Octets damaged = sound();
  damaged.back() ^= 1;
  EXPECT_EQ(read_tcp(damaged, kRxL4ChecksumGood), std::nullopt);
  EXPECT_EQ(read_tcp(sound(), kRxL4ChecksumBad), Drop::tcp_bad_checksum);
}

TEST_P(TcpSegment, FromPortZeroOrFromOurselvesIsRefused) {
  TcpHeader header = syn();
  header.source_port = 0;
  EXPECT_EQ(read_tcp(bench_.tcp(family(), header)), Drop::tcp_bad_source);

  Octets land = sound();
  const std::size_t size = family() == Family::v4 ? 4 : 16;
  std::memcpy(land.data() + l4() - 2 * size, land.data() + l4() - size, size);
  EXPECT_EQ(read_tcp(land, kVouched), Drop::tcp_bad_source);
}

INSTANTIATE_TEST_SUITE_P(, TcpSegment, testing::Values(Family::v4, Family::v6), family_name);

}  // namespace
}  // namespace weir::test
