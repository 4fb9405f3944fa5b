// What crosses between workers arrives whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "dpdk/queue_ring.hpp"
#include "eal/environment.hpp"

namespace weir::test {

using ::testing::HasSubstr;

FrameRing make_ring(std::uint32_t size, Producers producers = Producers::one) {
  auto ring = FrameRing::create(size, producers);
  EXPECT_TRUE(ring.ok());
  return std::move(ring).value();
}

TEST(FrameRing, KeepsAllThatAFrameKnows) {
  const auto mempool = make_pool("meta", 64);
  FrameRing ring = make_ring(64);
  const auto bytes = ethernet("hello");
  Frame frame = frame_with(*mempool, bytes);
  frame.trim_front(6);
  frame.set_flags(kRxL4ChecksumGood | kRxRssHash | kOwesVerdict | kHandedOver);
  frame.set_port(7);
  frame.set_rss_hash(0xdeadbeef);
  frame.set_header_lengths(18, 60);
  EXPECT_EQ(ring.push({&frame, 1}), 1U);
  EXPECT_FALSE(frame);

  Burst burst;
  ASSERT_EQ(ring.pop(burst), 1U);
  EXPECT_EQ(bytes_of(burst[0]), std::vector(bytes.begin() + 6, bytes.end()));
  EXPECT_EQ(burst[0].headroom(), 128 + 6);
  EXPECT_EQ(burst[0].flags(), kRxL4ChecksumGood | kRxRssHash | kOwesVerdict | kHandedOver);
  EXPECT_EQ(burst[0].port(), 7);
  EXPECT_EQ(burst[0].rss_hash(), 0xdeadbeef);
  EXPECT_EQ(burst[0].l2_length(), 18);
  EXPECT_EQ(burst[0].l3_length(), 60);
  EXPECT_EQ(burst[0].pool(), &mempool->pool());
  EXPECT_EQ(burst[0].data_room(), mempool->data_room());
}

TEST(FrameRing, WhenFullLeavesTheRestWithTheCaller) {
  const auto mempool = make_pool("full", 256);
  {
    FrameRing ring = make_ring(128);
    Frame frames[200];
    ASSERT_EQ(mempool->pool().allocate(frames, 200), 200U);
    EXPECT_EQ(ring.push(frames), 127U);
    EXPECT_FALSE(frames[126]);
    EXPECT_TRUE(frames[127]);
    EXPECT_EQ(ring.size(), 127U);
  }
  EXPECT_EQ(mempool->available(), 256U) << "a ring gives back what nobody fetched";
}

TEST(FrameRing, PopsNoMoreThanTheBurstHasRoomFor) {
  const auto mempool = make_pool("room", 256);
  FrameRing ring = make_ring(256, Producers::many);
  Frame frames[100];
  ASSERT_EQ(mempool->pool().allocate(frames, 100), 100U);
  ASSERT_EQ(ring.push(frames), 100U);
  Burst burst;
  EXPECT_EQ(ring.pop(burst), kMaxBurst);
  EXPECT_EQ(ring.pop(burst), 0U);
  burst.clear();
  EXPECT_EQ(ring.pop(burst), 100 - kMaxBurst);
}

TEST(FrameRing, CarriesFramesFromOneThreadToAnotherInOrder) {
  static constexpr std::uint32_t kFrames = 20'000;
  const auto mempool = make_pool("order", 512);
  FrameRing ring = make_ring(64);
  std::thread producer([&] {
    for (std::uint32_t i = 0; i < kFrames;) {
      Frame frame = mempool->pool().allocate();
      if (!frame) continue;
      frame.set_rss_hash(i);
      while (ring.push({&frame, 1}) == 0) std::this_thread::yield();
      ++i;
    }
  });
  std::uint32_t next = 0;
  for (Burst burst; next < kFrames; burst.clear()) {
    if (ring.pop(burst) == 0) std::this_thread::yield();
    for (const Frame& frame : burst) EXPECT_EQ(frame.rss_hash(), next++);
  }
  producer.join();
}

TEST(FrameRing, ASizeThatIsNoPowerOfTwoIsASentence) {
  const auto ring = FrameRing::create(100, Producers::one);
  ASSERT_FALSE(ring.ok());
  EXPECT_THAT(ring.error().message, HasSubstr("100 entries: not a power of two"));
}

TEST(MessageRing, CarriesSixtyFourBytes) {
  struct Message {
    std::array<std::uint64_t, 8> words;
  };
  auto made = MessageRing::create(4, Producers::many);
  ASSERT_TRUE(made.ok());
  MessageRing ring = std::move(made).value();
  Message in{{1, 2, 3, 4, 5, 6, 7, 8}};
  for (std::uint64_t i = 0; i < 3; ++i) {
    in.words[0] = i;
    EXPECT_TRUE(ring.push_as(in));
  }
  EXPECT_FALSE(ring.push_as(in)) << "full";
  Message out{};
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(ring.pop_as(out));
    EXPECT_EQ(out.words[0], i);
    EXPECT_EQ(out.words[7], 8U);
  }
  EXPECT_FALSE(ring.pop_as(out)) << "empty";
}

}  // namespace weir::test
