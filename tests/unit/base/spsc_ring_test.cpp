#include "base/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace weir {
namespace {

TEST(SpscRing, GivesValuesBackInOrder) {
  SpscRing<int> ring(3);
  int value = 0;
  EXPECT_FALSE(ring.pop(value));
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ring.push(round + i));
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(ring.pop(value));
      ASSERT_EQ(value, round + i);
    }
    ASSERT_FALSE(ring.pop(value));
  }
}

TEST(SpscRing, RefusesWhatHasNoRoom) {
  SpscRing<int> ring(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(4));
  int value = 0;
  ASSERT_TRUE(ring.pop(value));
  EXPECT_TRUE(ring.push(4));
}

TEST(SpscRing, CarriesBetweenThreadsWhatWasWrittenBefore) {
  constexpr std::uint64_t kValues = 200'000;
  SpscRing<std::uint32_t> ring(8);
  std::uint64_t told[8] = {};  // written before the index is pushed, read after it is popped
  SpscRing<std::uint32_t> back(8);
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kValues; ++i) {
      std::uint32_t slot = static_cast<std::uint32_t>(i);
      while (i >= 8 && !back.pop(slot)) std::this_thread::yield();
      told[slot] = i;
      ASSERT_TRUE(ring.push(slot));
    }
  });
  for (std::uint64_t i = 0; i < kValues; ++i) {
    std::uint32_t slot = 0;
    while (!ring.pop(slot)) std::this_thread::yield();
    ASSERT_EQ(told[slot], i);
    ASSERT_TRUE(back.push(slot));
  }
  writer.join();
}

}  // namespace
}  // namespace weir
