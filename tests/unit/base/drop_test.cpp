// The table of drop reasons keeps the promises that metrics and documentation rely on.
#include "base/drop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace weir {
namespace {

TEST(DropTable, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const DropText& row : kDropTexts) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  EXPECT_LE(kDropCount, 256U) << "Drop is one byte";
}

TEST(DropTable, NamesStartWithAKnownLayer) {
  const std::set<std::string_view> layers = {"eth", "arp", "ip",        "icmp",   "nd",
                                             "udp", "tcp", "neighbour", "frames", "handoff"};
  for (const DropText& row : kDropTexts) {
    const std::size_t end = row.name.find('_');
    ASSERT_NE(end, std::string_view::npos) << row.name;
    EXPECT_TRUE(layers.contains(row.name.substr(0, end))) << row.name;
  }
}

TEST(DropTable, NamesCanBeMetricLabels) {
  for (const DropText& row : kDropTexts) {
    EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), [](unsigned char c) {
      return std::islower(c) || std::isdigit(c) || c == '_';
    })) << row.name;
  }
}

TEST(DropTable, EveryRowSaysWhatAndWhatToDo) {
  for (const DropText& row : kDropTexts) {
    EXPECT_FALSE(row.what.empty()) << row.name;
    EXPECT_FALSE(row.hint.empty()) << row.name;
  }
}

TEST(DropTable, IsFoundByNameAndByReason) {
  for (std::size_t i = 0; i < kDropCount; ++i) {
    const auto drop = drop_named(kDropTexts[i].name);
    ASSERT_TRUE(drop.has_value());
    EXPECT_EQ(index(*drop), i);
  }
  EXPECT_EQ(text(Drop::tcp_paws).name, "tcp_paws");
  EXPECT_EQ(drop_named("tcp_"), std::nullopt);
  EXPECT_EQ(drop_named(""), std::nullopt);
}

}  // namespace
}  // namespace weir
