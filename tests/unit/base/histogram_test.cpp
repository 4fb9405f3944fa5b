// Cells without gaps, and quantiles held against those of the sorted values.
#include "base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/split_mix.hpp"

namespace weir {
namespace {

// Of any magnitude up to 2^38.
std::uint64_t any_value(SplitMix64& dice) { return dice.next() >> (26 + dice.up_to(37)); }

HistogramReading reading_of(const Histogram& histogram) {
  HistogramReading reading;
  reading.add(histogram);
  return reading;
}

TEST(HistogramScale, KnowsAValueToASixtyFourth) {
  SplitMix64 dice{1};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = any_value(dice);
    const std::size_t cell = HistogramScale::cell_of(value);
    const std::uint64_t begin = HistogramScale::begin_of(cell), end = HistogramScale::end_of(cell);
    ASSERT_TRUE(begin <= value && value <= end) << value;
    ASSERT_LE((end - begin) * 64, begin) << value;
  }
}

TEST(HistogramScale, HasACellForEveryValueAndNoneTwice) {
  std::size_t last = 0;
  for (std::uint64_t value = 0; value < 1'000'000; ++value) {
    const std::size_t cell = HistogramScale::cell_of(value);
    ASSERT_TRUE(cell == last || cell == last + 1) << value;
    if (cell != last) {
      ASSERT_EQ(HistogramScale::end_of(last), value - 1);
      ASSERT_EQ(HistogramScale::begin_of(cell), value);
    }
    last = cell;
  }
  EXPECT_EQ(HistogramScale::end_of(HistogramScale::kCells - 1), (1ULL << 40) - 1);
  EXPECT_EQ(HistogramScale::cell_of((1ULL << 40) - 1), HistogramScale::kCells - 1);
  EXPECT_EQ(HistogramScale::cell_of(~0ULL), HistogramScale::kCells - 1);
}

TEST(Histogram, QuantilesAreThoseOfTheSortedValues) {
  SplitMix64 dice{2};
  for (const std::size_t count : {1U, 2U, 99U, 10'000U}) {
    Histogram histogram;
    std::vector<std::uint64_t> values(count);
    for (std::uint64_t& value : values) {
      value = any_value(dice);
      histogram.record(value);
    }
    std::sort(values.begin(), values.end());
    const HistogramReading reading = reading_of(histogram);
    for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(count)));
      const std::uint64_t exact = values[rank == 0 ? 0 : rank - 1];
      ASSERT_GE(reading.quantile(share), exact) << share << " of " << count;
      ASSERT_LE(reading.quantile(share), exact + exact / 64) << share << " of " << count;
    }
    EXPECT_EQ(reading.count(), count);
    EXPECT_EQ(reading.sum(), std::accumulate(values.begin(), values.end(), std::uint64_t{0}));
    EXPECT_LE(reading.min(), values.front());
    EXPECT_GE(reading.min() + reading.min() / 64, values.front());
    EXPECT_GE(reading.max(), values.back());
  }
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t frames = 1; frames <= 64; ++frames) histogram.record(frames);
  const HistogramReading reading = reading_of(histogram);
  EXPECT_EQ(reading.min(), 1U);
  EXPECT_EQ(reading.quantile(0.5), 32U);
  EXPECT_EQ(reading.max(), 64U);
  for (std::uint64_t frames = 1; frames <= 64; ++frames) EXPECT_EQ(reading.cells()[frames], 1U);
  EXPECT_DOUBLE_EQ(reading.mean(), 32.5);
}

TEST(Histogram, AValueMayCountManyTimes) {
  Histogram once, often;
  for (int i = 0; i < 30; ++i) once.record(1000);
  often.record(1000, 30);
  EXPECT_EQ(reading_of(once).count(), reading_of(often).count());
  EXPECT_EQ(reading_of(once).sum(), reading_of(often).sum());
  EXPECT_EQ(reading_of(once).quantile(0.5), reading_of(often).quantile(0.5));
}

TEST(Histogram, ADurationThatGoesBackIsNone) {
  Histogram histogram;
  histogram.record(Duration(-5));
  EXPECT_EQ(reading_of(histogram).count(), 1U);
  EXPECT_EQ(reading_of(histogram).max(), 0U);
}

TEST(HistogramReading, IsEmptyAtFirst) {
  const HistogramReading reading;
  EXPECT_EQ(reading.count(), 0U);
  EXPECT_EQ(reading.quantile(0.5), 0U);
  EXPECT_EQ(reading.min(), 0U);
  EXPECT_EQ(reading.max(), 0U);
  EXPECT_EQ(reading.mean(), 0);
}

TEST(HistogramReading, OfTwoWorkersIsThatOfAllValues) {
  SplitMix64 dice{3};
  Histogram one, other, both;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = any_value(dice);
    (i % 3 == 0 ? one : other).record(value);
    both.record(value);
  }
  HistogramReading sum = reading_of(one);
  sum += reading_of(other);
  EXPECT_TRUE(std::ranges::equal(sum.cells(), reading_of(both).cells()));
  EXPECT_EQ(sum.sum(), reading_of(both).sum());
  EXPECT_EQ(sum.count(), 1000U);
}

TEST(HistogramReading, OfAnIntervalIsTheDifference) {
  Histogram histogram;
  histogram.record(1ms);
  const HistogramReading before = reading_of(histogram);
  histogram.record(1s);
  const HistogramReading between = reading_of(histogram).since(before);
  EXPECT_EQ(between.count(), 1U);
  EXPECT_EQ(between.sum(), 1'000'000'000U);
  EXPECT_GT(between.min(), 900'000'000U);
}

TEST(HistogramReading, ACellThatWasClearedInBetweenCountsWhole) {
  Histogram histogram;
  histogram.record(std::uint64_t{5}, 10);
  HistogramReading before, after;
  before.add(histogram);
  histogram.clear();
  histogram.record(std::uint64_t{5}, 3);
  histogram.record(std::uint64_t{9});
  after.add(histogram);
  const HistogramReading between = after.since(before);
  EXPECT_EQ(between.count(), 4U);
  EXPECT_EQ(between.sum(), 24U);
  EXPECT_EQ(between.max(), 9U);
}

}  // namespace
}  // namespace weir
