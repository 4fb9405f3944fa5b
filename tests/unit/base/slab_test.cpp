// The slab: ids, capacity, reuse, destruction.
#include "base/slab.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace weir {
namespace {

struct Counted {
  explicit Counted(int& counter, std::uint64_t v = 0) noexcept : alive(&counter), value(v) {
    ++*alive;
  }
  ~Counted() { --*alive; }
  int* alive;
  std::uint64_t value;
};

TEST(Slabs, GiveEachObjectAnIdUntilTheyAreFull) {
  int alive = 0;
  Slab<Counted> slab(3);
  std::set<std::uint32_t> ids;
  for (std::uint64_t i = 0; i < 3; ++i) ids.insert(slab.make(alive, i));
  EXPECT_EQ(ids, (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(slab.make(alive), kNoId);
  EXPECT_EQ(alive, 3);
  for (std::uint32_t id : ids) {
    EXPECT_EQ(slab[id].value, id);
    slab.destroy(id);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(slab.size(), 0U);
}

TEST(Slabs, ReuseTheLastFreedFirstAndTouchNoMoreThanTheyMust) {
  int alive = 0;
  Slab<Counted> slab(1000);
  const std::uint32_t a = slab.make(alive), b = slab.make(alive);
  slab.destroy(a);
  slab.destroy(b);
  EXPECT_EQ(slab.make(alive), b);
  EXPECT_EQ(slab.make(alive), a);
  EXPECT_EQ(slab.high_water(), 2U);
  EXPECT_EQ(slab.size(), 2U);
  EXPECT_EQ(slab.capacity(), 1000U);
  slab.destroy(a);
  slab.destroy(b);
}

TEST(Slabs, OfNoCapacityHoldNothing) {
  int alive = 0;
  Slab<Counted> slab(0);
  EXPECT_EQ(slab.make(alive), kNoId);
}

TEST(Slabs, KeepEveryObjectApartThroughLongUse) {
  int alive = 0;
  Slab<Counted> slab(64);
  std::vector<std::uint32_t> ids;
  for (std::uint64_t round = 0; round < 10'000; ++round) {
    if (round % 7 < 4 && ids.size() < 64) {
      ids.push_back(slab.make(alive));
      slab[ids.back()].value = ids.back();
    } else if (!ids.empty()) {
      const std::size_t at = round % ids.size();
      ASSERT_EQ(slab[ids[at]].value, ids[at]);
      slab.destroy(ids[at]);
      ids.erase(ids.begin() + static_cast<long>(at));
    }
    ASSERT_EQ(slab.size(), ids.size());
    ASSERT_EQ(alive, static_cast<int>(ids.size()));
  }
  for (std::uint32_t id : ids) slab.destroy(id);
}

}  // namespace
}  // namespace weir
