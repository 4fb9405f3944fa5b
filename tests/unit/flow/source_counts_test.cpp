// The sketch that counts flows by their source.
#include "flow/source_counts.hpp"

#include <gtest/gtest.h>

namespace weir::test {
namespace {

Address v4(std::uint32_t n) { return Address::v4(n); }
Address v6(const char* text) { return *Address::parse(text); }

TEST(SourceCounts, CountsUpAndDown) {
  SourceCounts counts(1000, {1, 2});
  for (int i = 0; i < 5; ++i) counts.add(v4(7));
  EXPECT_EQ(counts.count(v4(7)), 5U);
  EXPECT_EQ(counts.count(v4(8)), 0U);
  for (int i = 0; i < 5; ++i) counts.subtract(v4(7));
  EXPECT_EQ(counts.count(v4(7)), 0U);
}

TEST(SourceCounts, TakesANetworkOf64BitsForOneSource) {
  SourceCounts counts(1000, {1, 2});
  counts.add(v6("2001:db8::1"));
  EXPECT_EQ(counts.count(v6("2001:db8::2:3")), 1U);
  EXPECT_EQ(counts.count(v6("2001:db8:0:1::1")), 0U);
}

TEST(SourceCounts, IsFullAndStillTellsSourcesApart) {
  constexpr std::uint32_t kFlows = 10'000;
  SourceCounts counts(kFlows, {1, 2});
  for (std::uint32_t i = 0; i < kFlows; ++i) counts.add(v4(i));
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < kFlows; ++i) {
    EXPECT_GE(counts.count(v4(i)), 1U);
    wrong += counts.count(v4(i)) > 1;
  }
  EXPECT_LT(wrong, kFlows / 20) << "a source shares both of its counters";
  for (std::uint32_t i = 0; i < kFlows; ++i) counts.subtract(v4(i));
  for (std::uint32_t i = 0; i < kFlows; ++i) EXPECT_EQ(counts.count(v4(i)), 0U);
}

TEST(SourceCounts, WithoutALimitItCostsNothing) {
  SourceCounts counts(0, {1, 2});
  counts.add(v4(7));
  EXPECT_EQ(counts.count(v4(7)), 0U);
  counts.subtract(v4(7));
}

}  // namespace
}  // namespace weir::test
