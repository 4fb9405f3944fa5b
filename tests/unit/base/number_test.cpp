// Numbers with a meaning: sequence numbers, ticks, network order.
#include <gtest/gtest.h>

#include <cstring>

#include "base/byte_order.hpp"
#include "base/clock.hpp"
#include "base/seq.hpp"

namespace weir {
namespace {

//        0xfffffff0      0      0x10
//  ----------[-----------|-------)----------
TEST(SequenceNumbers, KeepTheirOrderAcrossTheWrap) {
  const Seq before(0xfffffff0), after = before + 0x20;
  EXPECT_EQ(after, Seq(0x10));
  EXPECT_LT(before, after);
  EXPECT_GT(after, before);
  EXPECT_LE(before, before);
  EXPECT_GE(after, after);
  EXPECT_EQ(after - before, 0x20);
  EXPECT_EQ(before - after, -0x20);
  EXPECT_EQ(after - 0x20U, before);
  EXPECT_EQ(later(before, after), after);
  EXPECT_EQ(earlier(before, after), before);
}

TEST(SequenceNumbers, CompareUpToHalfTheSpace) {
  for (const std::uint32_t start : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    EXPECT_LT(Seq(start), Seq(start) + 1);
    EXPECT_LT(Seq(start), Seq(start) + 0x7fffffffU);
    EXPECT_GT(Seq(start), Seq(start) + 0x80000001U);
  }
}

TEST(Ticks, KeepTheirOrderAcrossTheWrap) {
  const Tick before(0xffffff00);
  EXPECT_LT(before, before + 1000);
  EXPECT_EQ((before + 1000) - before, 1000);
  const Instant late(std::chrono::hours(24 * 50));
  EXPECT_EQ(Tick(late).value(), static_cast<std::uint32_t>(std::uint64_t{24 * 50} * 3'600'000));
}

TEST(Durations, AreRoundedUpToWholeMilliseconds) {
  EXPECT_EQ(to_ms(0ns), 0U);
  EXPECT_EQ(to_ms(1ns), 1U);
  EXPECT_EQ(to_ms(1ms), 1U);
  EXPECT_EQ(to_ms(1ms + 1ns), 2U);
}

TEST(NetworkOrder, PutsTheHighestByteFirst) {
  const Be32 value(0x01020304);
  std::uint8_t raw[4];
  std::memcpy(raw, &value, sizeof raw);
  EXPECT_EQ(raw[0], 1);
  EXPECT_EQ(raw[3], 4);
  EXPECT_EQ(value.get(), 0x01020304U);
}

TEST(NetworkOrder, RoundTripsEverySixteenBitValueAtAnyAlignment) {
  std::uint8_t raw[3] = {};
  for (std::uint32_t v = 0; v <= 0xffff; ++v) {
    const Be16 written(static_cast<std::uint16_t>(v));
    std::memcpy(raw + 1, &written, sizeof written);
    ASSERT_EQ(raw[1] << 8 | raw[2], static_cast<int>(v));
    Be16 read;
    std::memcpy(&read, raw + 1, sizeof read);
    ASSERT_EQ(read, v);
  }
}

}  // namespace
}  // namespace weir
