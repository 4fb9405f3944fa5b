// Which parts of a datagram have arrived, against a list of fragments that is searched.
#include "ip/fragment_map.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace weir {
namespace {

using Fit = FragmentMap::Fit;

class Oracle {
 public:
  Fit add(std::uint32_t first, std::uint32_t end) {
    bool overlaps = false;
    for (const auto& [a, b] : there_) {
      if (a == first && b == end) return Fit::duplicate;
      overlaps = overlaps || (first < b && a < end);
    }
    if (overlaps) return Fit::overlap;
    there_.emplace_back(first, end);
    return Fit::fresh;
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> there_;
};

TEST(FragmentMap, AgreesWithAListOfFragments) {
  std::mt19937 random(1);
  std::uint64_t seen[3] = {};
  for (int round = 0; round < 2000; ++round) {
    const auto map = std::make_unique<FragmentMap>();
    Oracle oracle;
    // Few units and short fragments: that edges meet, and the ends of words with them.
    const std::uint32_t base = round % 2 == 0 ? 0 : FragmentMap::kUnits - 256;
    const std::uint32_t most = 1 + static_cast<std::uint32_t>(random() % 130);
    for (int i = 0; i < 40; ++i) {
      const std::uint32_t first = base + static_cast<std::uint32_t>(random() % 255);
      const std::uint32_t end =
          std::min(base + 256, first + 1 + static_cast<std::uint32_t>(random() % most));
      const Fit fit = map->add(first, end);
      ASSERT_EQ(fit, oracle.add(first, end)) << first << " to " << end << ", round " << round;
      ++seen[static_cast<int>(fit)];
    }
  }
  for (const std::uint64_t n : seen) EXPECT_GT(n, 100U);
}

TEST(FragmentMap, TakesTheWholeDatagramAtOnce) {
  const auto map = std::make_unique<FragmentMap>();
  EXPECT_EQ(map->add(0, FragmentMap::kUnits), Fit::fresh);
  EXPECT_EQ(map->add(0, FragmentMap::kUnits), Fit::duplicate);
  EXPECT_EQ(map->add(FragmentMap::kUnits - 1, FragmentMap::kUnits), Fit::overlap);
}

}  // namespace
}  // namespace weir
