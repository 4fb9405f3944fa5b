// Columns and numbers.
#include "ctl/table.hpp"

#include <gtest/gtest.h>

namespace weir::ctl {
namespace {

TEST(CtlTable, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
  Table table({"NAME", ">COUNT", "NOTE"});
  table.row({"a", "1", ""});
  table.row({"much longer", "1000", "x"});
  table.note("below");
  EXPECT_EQ(table.text(false),
            "NAME         COUNT  NOTE\n"
            "a                1\n"
            "much longer   1000  x\n"
            "      below\n");
}

TEST(CtlTable, CountsCharactersNotBytes) {
  Table table({"A", "B"});
  table.row({"–", "x"});
  EXPECT_EQ(table.text(false), "A  B\n–  x\n");
}

TEST(CtlTable, ShowsNoControlBytesOfOthers) {
  Table table({"A"});
  table.row({"\x1b[31mred\n"});
  EXPECT_EQ(table.text(false), "A\n?[31mred?\n");
}

TEST(CtlNumbers, HaveThreeDigits) {
  const Numbers human(false);
  EXPECT_EQ(human.count(0), "0");
  EXPECT_EQ(human.count(0.3), "0.3");
  EXPECT_EQ(human.count(999), "999");
  EXPECT_EQ(human.count(1000), "1.00k");
  EXPECT_EQ(human.count(1'210'000), "1.21M");
  EXPECT_EQ(human.count(12'100'000), "12.1M");
  EXPECT_EQ(human.count(999'600), "1.00M");
  EXPECT_EQ(human.bytes(412), "412B");
  EXPECT_EQ(human.bytes(90'214), "88.1K");
  EXPECT_EQ(human.bits(8.9e9), "8.90G");
  EXPECT_EQ(Numbers(true).count(1'234'567), "1234567");
}

TEST(CtlNumbers, TimesAreShort) {
  EXPECT_EQ(age(2.13), "2.1s");
  EXPECT_EQ(age(14), "14s");
  EXPECT_EQ(age(250), "4m10s");
  EXPECT_EQ(uptime(3 * 86400 + 4 * 3600 + 11 * 60), "3d 04:11");
  EXPECT_EQ(microseconds(212), "212us");
  EXPECT_EQ(microseconds(9400), "9.4ms");
  EXPECT_EQ(microseconds(212'000), "212ms");
}

}  // namespace
}  // namespace weir::ctl
