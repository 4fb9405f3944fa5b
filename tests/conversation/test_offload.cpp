// A port that reads text where it lies and cuts it into segments: the peer cannot tell.
#include "conversation.hpp"
#include "support/nic.hpp"
#include "support/peer.hpp"
#include "tcp/send_queue.hpp"

namespace weir::test {
namespace {

constexpr std::size_t kText = 400'000;

/// What one long answer took.
struct Took {
  std::uint64_t segments = 0, frames = 0;
  std::uint32_t largest = 0;  ///< bytes of a frame with what hangs on it
};

ModelClient::Config reader(Family f) {
  ModelClient::Config c;
  c.family = f;
  c.port = kSourcePort;
  c.expects_total = kText;
  c.receive_buffer = 200'000;
  c.scale = 4;
  return c;
}

Took take(Family f, bool nic, SourceService::By by) {
  Stack::Config stack;
  stack.nic = nic;
  stack.source_bytes = kText;
  stack.source_by = by;
  Conversation talk(reader(f), std::move(stack), Faults{.delay = 5ms}, 1);
  EXPECT_TRUE(talk.run(1min));
  EXPECT_EQ(talk.client().received(), kText);
  EXPECT_EQ(talk.client().damaged_bytes(), 0U);
  return {talk.stack().mib(Mib::TcpOutSegs), talk.stack().frames_left(),
          talk.stack().largest_packet()};
}

class Offload : public BothFamilies {};
WEIR_BOTH_FAMILIES(Offload);

TEST_P(Offload, AFileLeavesInFewFramesAndAsManySegments) {
  const Took plain = take(GetParam(), false, SourceService::By::reference);
  const Took cut = take(GetParam(), true, SourceService::By::reference);
  EXPECT_LE(plain.largest, 1514U);
  EXPECT_GT(cut.largest, 20'000U);
  EXPECT_LE(cut.largest, 65535U + 14U);
  EXPECT_EQ(plain.frames, plain.segments);
  EXPECT_LT(cut.frames, plain.frames / 3);
  EXPECT_EQ(cut.segments, plain.segments);
}

TEST_P(Offload, CopiedTextIsReadFromItsFrames) {
  const Took plain = take(GetParam(), false, SourceService::By::copy);
  const Took cut = take(GetParam(), true, SourceService::By::copy);
  EXPECT_GT(cut.largest, 10'000U);
  EXPECT_LT(cut.frames, plain.frames / 2);
}

// Whoever hands out a window of text that has no buffers to hang on loses all of it.
TEST_P(Offload, AShortageOfBuffersLosesNothing) {
  Stack::Config config;
  config.nic = true;
  config.source_bytes = kText;
  Conversation talk(reader(GetParam()), std::move(config), Faults{.delay = 5ms}, 1);
  std::vector<Frame> taken;
  const std::uint32_t capacity = talk.stack().pool().pool().capacity();
  while (talk.stack().pool().in_use() < capacity - capacity / 8 + 1) {
    taken.push_back(talk.stack().pool().pool().allocate());
  }
  talk.stack().pool().texts().refuse_text();
  EXPECT_TRUE(talk.run(1min));
  EXPECT_EQ(talk.client().received(), kText);
  EXPECT_EQ(talk.stack().mib(Mib::TcpRetransSegs), 0U);
  EXPECT_LE(talk.stack().largest_packet(), 1514U);
}

// Frames there are enough of, and none of those that text hangs on.
TEST_P(Offload, AWindowThatFoundNoBuffersIsSentAgain) {
  Stack::Config config;
  config.nic = true;
  config.source_bytes = kText;
  Conversation talk(reader(GetParam()), std::move(config), Faults{.delay = 5ms}, 1);
  talk.stack().pool().texts().refuse_text();
  EXPECT_FALSE(talk.run(100ms));
  EXPECT_GT(talk.stack().mib(Mib::TxNoFrames), 0U);
  talk.stack().pool().texts().take_text();
  EXPECT_TRUE(talk.run(1min));
  EXPECT_EQ(talk.client().received(), kText);
  EXPECT_EQ(talk.client().damaged_bytes(), 0U);
  EXPECT_GT(talk.stack().mib(Mib::TcpRetransSegs), 0U);
}

// One segment finds room in the buffer of its header.
TEST_P(Offload, ASegmentThatCannotBeHungIsCopied) {
  Peer::Setup setup;
  setup.port = kSourcePort;
  setup.stack.nic = true;
  setup.stack.source_bytes = 1200;
  Peer peer(GetParam(), std::move(setup));
  peer.stack().pool().texts().refuse_text();
  peer.connects();
  const auto segments = peer.takes_all();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].text.size(), 1200U);
  EXPECT_EQ(peer.stack().mib(Mib::TxNoFrames), 0U);
}

class Queue : public ::testing::Test {
 protected:
  ~Queue() override { queue.clear(slab); }
  void add(std::size_t bytes) { EXPECT_TRUE(queue.append_static(slab, take(bytes), &memory)); }
  std::span<const std::uint8_t> take(std::size_t bytes) {
    used += bytes;
    return memory.bytes().subspan(used - bytes, bytes);
  }

  ReadableMemory memory{100'000};
  std::size_t used = 0;
  tcp::PieceSlab slab{64};
  tcp::SendQueue queue;
};

TEST_F(Queue, ReachesAsFarAsTheExtentsGo) {
  for (int i = 0; i < 4; ++i) add(1000);
  EXPECT_EQ(queue.reach(slab, 0, 16), 4000U);
  EXPECT_EQ(queue.reach(slab, 0, 2), 2000U);
  EXPECT_EQ(queue.reach(slab, 500, 2), 1500U) << "the rest of the first, and the second";
  EXPECT_EQ(queue.reach(slab, 3999, 1), 1U);
  EXPECT_EQ(queue.reach(slab, 4000, 1), 0U);
  EXPECT_EQ(queue.reach(slab, 0, 0), 0U);
}

TEST_F(Queue, AShortPartInTheMiddleEndsTheReach) {
  add(100);
  add(1000);
  add(100);
  add(1000);
  EXPECT_EQ(queue.reach(slab, 0, 16), 1200U)
      << "short at the front is a header, and the last may be";
}

TEST_F(Queue, TextThatNoPortReadsEndsTheReach) {
  add(1000);
  EXPECT_TRUE(queue.append_static(slab, take(1000), nullptr));
  add(1000);
  EXPECT_EQ(queue.reach(slab, 0, 16), 1000U);
  EXPECT_EQ(queue.reach(slab, 1000, 16), 0U);
  EXPECT_EQ(queue.reach(slab, 2000, 16), 1000U);
}

TEST_F(Queue, HangsWhatWasAskedForOnTheFrame) {
  MemoryPool pool(4);
  for (std::size_t i = 0; i < memory.bytes().size(); ++i) {
    memory.bytes()[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  }
  add(80'000);
  add(10'000);
  Frame frame = pool.pool().allocate();
  ASSERT_TRUE(queue.attach(slab, 10, 75'000, frame));
  EXPECT_EQ(frame.behind(), 75'000U);
  std::size_t at = 10;
  for (const TextExtent& text : pool.behind(frame)) {
    EXPECT_LE(text.bytes.size(), 65535U) << "as much as a buffer's length can say";
    EXPECT_EQ(text.bytes.data(), memory.bytes().data() + at) << "where it lies";
    EXPECT_EQ(text.memory, &memory);
    at += text.bytes.size();
  }
  EXPECT_EQ(at, 75'010U);
}

}  // namespace
}  // namespace weir::test
