// RFC 1122 §2.3.2.1: nobody is asked for more than once a second.
#include "ip/asked_hops.hpp"

#include <gtest/gtest.h>

#include <map>

namespace weir::test {
namespace {

Address host(std::uint32_t n) { return Address::v4(0xc6120000U + n); }

TEST(AskedHops, OnceAPeriod) {
  AskedHops asked({1, 2});
  const Instant start(1h);
  EXPECT_TRUE(asked.may_ask(host(1), start));
  EXPECT_FALSE(asked.may_ask(host(1), start));
  EXPECT_TRUE(asked.may_ask(host(2), start)) << "another is not meant";
  EXPECT_FALSE(asked.may_ask(host(1), start + (AskedHops::kPeriod - 1ms)));
  EXPECT_TRUE(asked.may_ask(host(1), start + AskedHops::kPeriod));
  EXPECT_FALSE(asked.may_ask(host(1), start + AskedHops::kPeriod + 1ms));
}

TEST(AskedHops, UnderAFloodItAsksLessNotMore) {
  AskedHops asked({1, 2});
  std::map<std::uint32_t, Instant> last;
  std::size_t allowed = 0;
  Instant now(1h);
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    now = now + 20us;  // 50,000 a second, of 30,000 hosts
    const std::uint32_t n = i * 7919 % 30'000;
    if (!asked.may_ask(host(n), now)) continue;
    ++allowed;
    if (const auto it = last.find(n); it != last.end()) {
      ASSERT_GT(now - it->second + Duration(1ms), AskedHops::kPeriod) << n;
    }
    last[n] = now;
  }
  EXPECT_GE(allowed, 8'000U * 3);
  EXPECT_LE(allowed, 8'192U * 5);
}

TEST(AskedHops, TheClockMayWrap) {
  AskedHops asked({1, 2});
  const Instant before(Duration(1ms) * 0xffff'ff00LL);
  EXPECT_TRUE(asked.may_ask(host(1), before));
  EXPECT_FALSE(asked.may_ask(host(1), before + 500ms));
  EXPECT_TRUE(asked.may_ask(host(1), before + 1001ms));
}

}  // namespace
}  // namespace weir::test
