// Buffers of a real mempool as frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <thread>

#include "eal/environment.hpp"
#include "frame/burst.hpp"

namespace weir::test {

using ::testing::HasSubstr;

TEST(Mempool, AFreshFrameIsEmptyWithHeadroom) {
  const auto mempool = make_pool("fresh");
  Frame frame = mempool->pool().allocate();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame.size(), 0);
  EXPECT_EQ(frame.headroom(), 128);
  EXPECT_EQ(frame.tailroom(), 2048);
  EXPECT_EQ(frame.data_room(), mempool->data_room());
  EXPECT_EQ(frame.pool(), &mempool->pool());
}

TEST(Mempool, EveryBufferComesBack) {
  const auto mempool = make_pool("back", 511);
  EXPECT_EQ(mempool->available(), 511U);
  {
    Frame frames[100];
    EXPECT_EQ(mempool->pool().allocate(frames, 100), 100U);
    EXPECT_EQ(mempool->available(), 411U);
    Burst burst;
    for (int i = 0; i < 50; ++i) burst.push(std::move(frames[i]));
    burst.clear();
    EXPECT_EQ(mempool->available(), 461U);
  }
  EXPECT_EQ(mempool->available(), 511U);
}

TEST(Mempool, WhenAlmostEmptyGivesWhatIsLeft) {
  const auto mempool = make_pool("few", 100);
  Frame frames[128];
  EXPECT_EQ(mempool->pool().allocate(frames, 128), 100U);
  EXPECT_FALSE(mempool->pool().allocate());
}

TEST(Mempool, AFrameReleasedAfterUseIsFreshAgain) {
  const auto mempool = make_pool("again", 1);
  Frame frame = frame_with(*mempool, ethernet("used"));
  frame.trim_front(14);
  frame.reset();
  frame = mempool->pool().allocate();
  EXPECT_EQ(frame.size(), 0);
  EXPECT_EQ(frame.headroom(), 128);
}

TEST(Mempool, FramesMayBeReleasedByAnotherRegisteredThread) {
  const auto mempool = make_pool("threads", 2047);
  for (int round = 0; round < 3; ++round) {
    Frame frames[64];
    ASSERT_EQ(mempool->pool().allocate(frames, 64), 64U);
    std::thread([&] {
      const WorkerLcore lcore;
      for (Frame& frame : frames) frame.reset();
    }).join();
  }
  EXPECT_EQ(mempool->available(), 2047U);
}

TEST(Mempool, TooLargeForDpdksMemoryIsASentence) {
  const auto huge = Mempool::create({.name = "huge", .count = 10'000'000});
  ASSERT_FALSE(huge.ok());
  EXPECT_THAT(huge.error().message, HasSubstr("no memory pool of 10000000 buffers ("));
  EXPECT_THAT(huge.error().message, HasSubstr("lower [memory] mbufs"));
}

TEST(Mempool, DemandIsASum) {
  const BufferDemand demand{.rx_descriptors = 2048,
                            .tx_descriptors = 1024,
                            .workers = 2,
                            .cache = 256,
                            .ahead = 3,
                            .retained = 1000};
  EXPECT_EQ(buffers_needed(demand), 2048U + 1024 + 2 * (384 + 128) + 3 * 64 + 1000);
}

TEST(Mempool, ItsBytesAreForetoldAsDpdkCountsThem) {
  for (unsigned room = 1024; room < 16384; room += 64) {
    rte_mempool_objsz size;
    EXPECT_EQ(pool_bytes(3, static_cast<std::uint16_t>(room)),
              3 * std::uint64_t{rte_mempool_calc_obj_size(
                      static_cast<std::uint32_t>(sizeof(rte_mbuf)) + room, 0, &size)})
        << room;
  }
}

TEST(Mempool, TheDataRoomHoldsAnyFrameInUnitsOfAKilobyte) {
  EXPECT_EQ(data_room_for_mtu(1500), 128 + 2048);
  EXPECT_EQ(data_room_for_mtu(576), 128 + 2048);
  EXPECT_EQ(frame_length_for_mtu(9000), 9026);
  EXPECT_EQ(data_room_for_mtu(9000), 128 + 9216);
}

}  // namespace weir::test
