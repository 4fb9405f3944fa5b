// Durations in cells, and when things are due.
#include "load/latency.hpp"

#include <gtest/gtest.h>

#include "base/split_mix.hpp"
#include "load/schedule.hpp"

namespace weir::load {
namespace {

TEST(LatencyScale, KnowsADurationToSixteenThousandths) {
  SplitMix64 dice{1};
  for (int i = 0; i < 100'000; ++i) {
    const Duration d(static_cast<std::int64_t>(dice.next() >> (25 + dice.up_to(38))));
    const Duration end = LatencyScale::end_of(LatencyScale::cell_of(d));
    ASSERT_GE(end, d);
    ASSERT_LE(static_cast<double>((end - d).count()), static_cast<double>(d.count()) / 64 + 1)
        << d.count();
  }
}

TEST(LatencyScale, HasACellForEveryDurationAndNoneTwice) {
  std::size_t last = 0;
  for (std::int64_t ns = 0; ns < 1'000'000; ++ns) {
    const std::size_t cell = LatencyScale::cell_of(Duration(ns));
    ASSERT_TRUE(cell == last || cell == last + 1) << ns;
    if (cell != last) {
      ASSERT_EQ(LatencyScale::end_of(last), Duration(ns - 1));
    }
    last = cell;
  }
  EXPECT_EQ(LatencyScale::cell_of(Duration(-5)), 0U);
  EXPECT_EQ(LatencyScale::cell_of(24h), LatencyScale::kCells - 1);
}

TEST(Latency, PercentilesAreThoseOfWhatWasRecorded) {
  LatencyCounts counts;
  for (int us = 1; us <= 1000; ++us) counts.record(std::chrono::microseconds(us));
  LatencyReading reading;
  counts.add_to(reading);
  EXPECT_EQ(reading.count(), 1000U);
  for (const auto& [share, us] :
       {std::pair{0.5, 500.0}, {0.99, 990.0}, {0.999, 999.0}, {1.0, 1000.0}}) {
    EXPECT_NEAR(static_cast<double>(reading.percentile(share).count()) / 1000, us, us / 60)
        << share;
  }
  EXPECT_EQ(LatencyReading().percentile(0.5), Duration{});
}

TEST(Latency, OfAnIntervalIsTheDifference) {
  LatencyCounts counts;
  counts.record(1ms);
  LatencyReading before;
  counts.add_to(before);
  counts.record(1s);
  LatencyReading after;
  counts.add_to(after);
  const LatencyReading between = after.since(before);
  EXPECT_EQ(between.count(), 1U);
  EXPECT_GT(between.percentile(0.5), 900ms);
}

std::uint32_t due_until(Pace& pace, Instant end) {
  std::uint32_t n = 0;
  while (pace.next(end)) ++n;
  return n;
}

TEST(Pace, KeepsItsRate) {
  Pace pace(1000, 0s);
  const Instant start(5s);
  pace.start(start);
  EXPECT_EQ(pace.next(start), start);  // the first at once
  EXPECT_EQ(due_until(pace, start + 1s), 1000U);
  EXPECT_EQ(due_until(pace, start + 1s), 0U);
  const auto next = pace.next(start + 2s);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, start + 1001ms);  // when it was due, not when it was asked for
}

TEST(Pace, GrowsDuringTheRamp) {
  Pace pace(1000, 10s);
  pace.start(Instant());
  EXPECT_NEAR(due_until(pace, Instant(5s)), 1250, 2);   // a quarter of what the ramp has
  EXPECT_NEAR(due_until(pace, Instant(10s)), 3750, 2);  // 5000 in all
  EXPECT_NEAR(due_until(pace, Instant(11s)), 1000, 2);
}

}  // namespace
}  // namespace weir::load
