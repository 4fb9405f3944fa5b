// The port of the tests behaves like a port.
#include <gtest/gtest.h>

#include "frame/memory_pool.hpp"
#include "port/memory_port.hpp"

namespace weir::test {

class MemoryPortTest : public ::testing::Test {
 protected:
  Frame frame(std::uint8_t first) {
    const std::uint8_t bytes[] = {first, 2, 3};
    return pool.make(bytes);
  }
  MemoryPool pool{256};
  MemoryPort port{{.name = "test", .driver = "memory", .rx_queues = 2, .tx_queues = 2}};
};

TEST_F(MemoryPortTest, ReceivesWhatIsInjectedOnThatQueueInOrder) {
  port.inject(1, frame(1));
  port.inject(1, frame(2));
  Burst burst;
  EXPECT_EQ(port.rx_burst(0, burst), 0U);
  EXPECT_EQ(port.rx_burst(1, burst), 2U);
  EXPECT_EQ(burst[0].bytes()[0], 1);
  EXPECT_EQ(burst[1].bytes()[0], 2);
}

TEST_F(MemoryPortTest, ReceivesNoMoreThanTheBurstHasRoomFor) {
  for (int i = 0; i < 100; ++i) port.inject(0, frame(0));
  Burst burst;
  EXPECT_EQ(port.rx_burst(0, burst), kMaxBurst);
  EXPECT_EQ(port.rx_burst(0, burst), 0U);
  burst.clear();
  EXPECT_EQ(port.rx_burst(0, burst), 100 - kMaxBurst);
}

TEST_F(MemoryPortTest, RefusesFramesBeyondTheLimitAndLeavesThemAlone) {
  port.set_transmit_limit(1);
  Frame frames[] = {frame(1), frame(2)};
  EXPECT_EQ(port.tx_burst(0, frames), 1U);
  EXPECT_FALSE(frames[0]);
  EXPECT_TRUE(frames[1]);
  EXPECT_EQ(port.sent(0).front().bytes()[0], 1);
  port.sent(0).clear();
  EXPECT_EQ(pool.in_use(), 1U);
}

}  // namespace weir::test
