// Chunks that ports may still hold when they come back.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "frame/plain_memory.hpp"
#include "service/http/chunk_pool.hpp"

namespace weir {
namespace {

/// As a port would: it holds what it was lent until it says so.
class LentMemory final : public TransmitMemory {
 public:
  std::span<std::uint8_t> bytes() noexcept override { return memory_.bytes(); }
  bool in_use() const noexcept override { return held; }
  bool can_leave() const noexcept override { return true; }
  bool held = false;

 private:
  PlainMemory memory_{kChunkBytes};
};

class ChunkPoolTest : public ::testing::Test {
 protected:
  ChunkPoolTest() {
    std::vector<TransmitMemory*> all;
    for (LentMemory& memory : memories) all.push_back(&memory);
    pool.furnish(all);
  }
  std::uint32_t take_and_lend() {
    const std::uint32_t chunk = pool.take();
    EXPECT_NE(chunk, kNoId);
    if (pool.lend(chunk) != nullptr) memories[chunk].held = true;
    return chunk;
  }

  std::array<LentMemory, 4> memories;
  ChunkPool pool{4};
};

TEST_F(ChunkPoolTest, GivesOutEachOnce) {
  std::set<std::uint32_t> given;
  for (int i = 0; i < 4; ++i) given.insert(pool.take());
  EXPECT_EQ(given, (std::set<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(pool.take(), kNoId);
  pool.give_back(2);
  EXPECT_EQ(pool.take(), 2u);
}

TEST_F(ChunkPoolTest, AChunkIsNotTakenWhileAPortHoldsIt) {
  const std::uint32_t lent = take_and_lend();
  pool.give_back(lent);
  for (int i = 0; i < 3; ++i) EXPECT_NE(pool.take(), lent);
  EXPECT_EQ(pool.take(), kNoId);
  memories[lent].held = false;
  EXPECT_EQ(pool.take(), lent);
}

TEST_F(ChunkPoolTest, PortsThatLetGoOfNothingHoldHalfOfThemAtMost) {
  for (int i = 0; i < 100; ++i) pool.give_back(take_and_lend());
  EXPECT_EQ(pool.free(), 2u);
  for (LentMemory& memory : memories) memory.held = false;
  pool.look_at_lent();
  pool.look_at_lent();
  EXPECT_EQ(pool.free(), 4u);
}

TEST_F(ChunkPoolTest, OneThatNoPortCanReadIsNotLent) {
  PlainMemory plain(kChunkBytes);
  TransmitMemory* const only[] = {&plain};
  ChunkPool copied(2);
  copied.furnish(only);
  EXPECT_EQ(copied.lend(copied.take()), nullptr);
}

}  // namespace
}  // namespace weir
