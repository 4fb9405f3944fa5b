// The token bucket in virtual time.
#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::uint32_t taken(TokenBucket& bucket, Instant now, std::uint32_t tries = 1'000'000) {
  std::uint32_t n = 0;
  while (n < tries && bucket.take(now)) ++n;
  return n;
}

TEST(TokenBuckets, StartFullAndThenRunDry) {
  TokenBucket bucket(100, 10);
  EXPECT_EQ(taken(bucket, Instant()), 10U);
  EXPECT_FALSE(bucket.take(Instant()));
}

TEST(TokenBuckets, RefillAtTheirRateUpToTheirBurst) {
  TokenBucket bucket(100, 10);
  Instant now;
  (void)taken(bucket, now);
  now = now + 9ms;
  EXPECT_EQ(taken(bucket, now), 0U);
  now = now + 1ms;
  EXPECT_EQ(taken(bucket, now), 1U);
  now = now + 50ms;
  EXPECT_EQ(taken(bucket, now), 5U);
  now = now + 500ms;
  EXPECT_EQ(taken(bucket, now), 10U);
  now = now + 24h * 365;
  EXPECT_EQ(taken(bucket, now), 10U);
}

TEST(TokenBuckets, LoseNothingWhenTheyAreAskedOften) {
  TokenBucket bucket(1000, 1);
  Instant now;
  (void)taken(bucket, now);
  std::uint32_t passed = 0;
  for (int i = 0; i < 1'000'000; ++i) {  // a second in microseconds
    now = now + 1us;
    passed += bucket.take(now) ? 1 : 0;
  }
  EXPECT_EQ(passed, 1000U);
}

TEST(TokenBuckets, OfARateOfZeroLetNothingThroughBeyondTheirBurst) {
  TokenBucket nothing(0, 0);
  EXPECT_FALSE(nothing.take(Instant(10s)));
  TokenBucket once(0, 1);
  EXPECT_TRUE(once.take(Instant(10s)));
  EXPECT_FALSE(once.take(Instant(1000s)));
}

}  // namespace
}  // namespace weir
