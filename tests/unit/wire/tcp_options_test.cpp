// TCP options: what is written is read, and what is malformed neither hangs nor overreads.
#include <memory>

#include "wire/header_writer.hpp"
#include "wire/tlv.hpp"
#include "wire_kit.hpp"

namespace weir::test {
namespace {

// From an allocation of its own size, so that the sanitizer sees its end.
TcpOptions parsed(const Octets& bytes) {
  const auto exact = std::make_unique<std::uint8_t[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
  return TcpOptions::parse({exact.get(), bytes.size()});
}

Octets encoded(const TcpOptions& options) {
  Octets bytes(options.encoded_size());
  HeaderWriter out(bytes.data());
  options.write(out);
  return bytes;
}

TEST(TcpOptionList, OfEveryCombinationIsReadAsWritten) {
  for (unsigned mix = 0; mix < 80; ++mix) {
    TcpOptions options;
    if (mix & 1) options.mss = 1220;
    options.has_window_scale = (mix & 2) != 0;
    options.window_scale = options.has_window_scale ? 9 : 0;
    options.sack_permitted = (mix & 4) != 0;
    options.has_timestamps = (mix & 8) != 0;
    options.ts_value = options.has_timestamps ? 0xdeadbeef : 0;
    options.ts_echo = options.has_timestamps ? 0x00c0ffee : 0;
    options.sack_count = static_cast<std::uint8_t>(mix / 16);
    for (std::uint32_t i = 0; i < options.sack_count; ++i) {
      options.sack[i] = {Seq(0xffffff00U + i * 100), Seq(0xffffff00U + i * 100 + 50)};
    }

    const Octets bytes = encoded(options);
    EXPECT_EQ(bytes.size() % 4, 0U);
    EXPECT_LE(bytes.size(), 40U);
    const TcpOptions back = parsed(bytes);
    EXPECT_EQ(back.mss, options.mss);
    EXPECT_EQ(back.has_window_scale, options.has_window_scale);
    EXPECT_EQ(back.window_scale, options.window_scale);
    EXPECT_EQ(back.sack_permitted, options.sack_permitted);
    EXPECT_EQ(back.has_timestamps, options.has_timestamps);
    EXPECT_EQ(back.ts_value, options.ts_value);
    EXPECT_EQ(back.ts_echo, options.ts_echo);
    EXPECT_LE(back.sack_count, options.sack_count);
    for (std::size_t i = 0; i < back.sack_count; ++i) EXPECT_EQ(back.sack[i], options.sack[i]);
  }
}

TEST(TcpOptionList, WithTimestampsHasRoomForThreeBlocksAndWithoutForFour) {
  TcpOptions options;
  options.sack_count = 4;
  EXPECT_EQ(parsed(encoded(options)).sack_count, 4);
  options.has_timestamps = true;
  EXPECT_EQ(parsed(encoded(options)).sack_count, 3);
  EXPECT_EQ(options.encoded_size(), 40U);
}

TEST(TcpOptionList, AlignsTimestampsAsRfc7323AppendixADoes) {
  TcpOptions options;
  options.has_timestamps = true;
  options.ts_value = 0x01020304;
  options.ts_echo = 0x05060708;
  EXPECT_EQ(encoded(options), (Octets{1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(TcpOptionList, OfAFullSynTakesTwentyBytes) {
  TcpOptions options;
  options.mss = 1460;
  options.has_window_scale = options.sack_permitted = options.has_timestamps = true;
  EXPECT_EQ(options.encoded_size(), 20U);
}

TEST(TcpOptionList, EndsAtTheFirstIllegalLengthAndKeepsWhatStoodBefore) {
  struct Row {
    const char* what;
    Octets bytes;
    std::uint16_t mss;
    bool has_window_scale;
  };
  const Row rows[] = {
      {"nothing at all", {}, 0, false},
      {"length zero", {2, 4, 5, 180, 77, 0, 3, 3, 7}, 1460, false},
      {"length one", {2, 4, 5, 180, 77, 1, 3, 3, 7}, 1460, false},
      {"length beyond the header", {2, 4, 5, 180, 77, 6, 3, 3, 7}, 1460, false},
      {"length 255", {77, 255, 3, 3, 7}, 0, false},
      {"known kind, length zero", {2, 0, 5, 180, 3, 3, 7}, 0, false},
      {"kind without length", {3, 3, 7, 8}, 0, true},
      {"value cut off", {3, 3, 7, 2, 4, 5}, 0, true},
      {"end before the rest", {0, 3, 3, 7}, 0, false},
      {"only NOPs", Octets(40, 1), 0, false},
      {"unknown kind skipped", {254, 4, 1, 2, 3, 3, 7}, 0, true},
      {"unaligned", {1, 3, 3, 7, 1, 1, 2, 4, 5, 180}, 1460, true},
      {"MSS with the length of another", {2, 3, 5, 3, 3, 7}, 0, true},
      {"scale with the length of another", {3, 4, 7, 7, 2, 4, 5, 180}, 1460, false},
      {"timestamps too short", {8, 9, 1, 2, 3, 4, 5, 6, 7, 3, 3, 7}, 0, true},
      {"SACK of no block", {5, 2, 3, 3, 7}, 0, true},
      {"SACK of half a block", {5, 6, 1, 2, 3, 4, 3, 3, 7}, 0, true},
      {"SACK-permitted with a value", {4, 3, 9, 3, 3, 7}, 0, true},
  };
  for (const Row& row : rows) {
    const TcpOptions options = parsed(row.bytes);
    EXPECT_EQ(options.mss, row.mss) << row.what;
    EXPECT_EQ(options.has_window_scale, row.has_window_scale) << row.what;
    EXPECT_FALSE(options.has_timestamps) << row.what;
    EXPECT_FALSE(options.sack_permitted) << row.what;
    EXPECT_EQ(options.sack_count, 0) << row.what;
  }
}

TEST(TcpOptionList, ReadsAShiftAboveFourteenAsFourteen) {
  EXPECT_EQ(parsed({3, 3, 14}).window_scale, 14);
  EXPECT_EQ(parsed({3, 3, 15}).window_scale, 14);
  EXPECT_EQ(parsed({3, 3, 255}).window_scale, 14);
}

TEST(OptionWalk, TakesStepsOfAtLeastTwoBytesInEveryFormat) {
  for (const TlvFormat& format :
       {kTcpOptionFormat, kIpv4OptionFormat, kIpv6OptionFormat, kNdOptionFormat}) {
    for (unsigned length = 0; length < 256; ++length) {
      const Octets bytes = [&] {
        Octets filled(40, static_cast<std::uint8_t>(length));
        for (std::size_t i = 0; i < filled.size(); i += 2) filled[i] = 0x1e;
        return filled;
      }();
      std::size_t seen = 0;
      walk_options(format, bytes, [&](std::uint8_t, std::span<const std::uint8_t> value) noexcept {
        seen += 2 + value.size();
      });
      ASSERT_LE(seen, bytes.size());
    }
  }
}

}  // namespace
}  // namespace weir::test
