// The clock agrees with the kernel's.
#include <gtest/gtest.h>

#include <thread>

#include "dpdk/clock.hpp"

namespace weir::test {

TEST(TscClock, StartsAtZeroAndDoesNotGoBack) {
  const TscClock clock;
  Instant last = clock.now();
  EXPECT_LT(last.since_start(), 1s);
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(TscClock, ASecondOfCyclesIsASecond) {
  const TscClock clock;
  EXPECT_NEAR(static_cast<double>(clock.to_duration(clock.hz()).count()), 1e9, 2);
  EXPECT_NEAR(static_cast<double>(clock.to_duration(clock.hz() * 86'400).count()), 86'400e9, 1e5);
}

TEST(TscClock, MeasuresASleepAsTheKernelDoes) {
  const TscClock clock;
  const auto before = std::chrono::steady_clock::now();
  const Instant start = clock.now();
  std::this_thread::sleep_for(50ms);
  const Duration ours = clock.now() - start;
  const Duration kernels = std::chrono::steady_clock::now() - before;
  EXPECT_GE(ours, 45ms);
  EXPECT_LE(ours, kernels + kernels / 20);
}

TEST(TscClock, CyclesBeforeTheStartAreTheStart) {
  const std::uint64_t before = TscClock::cycles();
  const TscClock clock;
  EXPECT_EQ(clock.at(before), Instant{});
}

}  // namespace weir::test
