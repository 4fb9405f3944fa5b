// When things are due.
#include "load/schedule.hpp"

#include <gtest/gtest.h>

namespace weir::load {
namespace {

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
