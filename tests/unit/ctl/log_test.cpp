// Lines of the log.
#include "control/log.hpp"

#include <gtest/gtest.h>

#include "control/json.hpp"

namespace weir {
namespace {

const std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'700'000'000'042)};

TEST(LogLine, HasOneShapeAStyle) {
  EXPECT_EQ(log_line(LogStyle::text, LogLevel::warn, "eal", "no link", kTime),
            "2023-11-14T22:13:20.042Z warn  sub=eal no link");
  EXPECT_EQ(log_line(LogStyle::journal, LogLevel::error, "eal", "no link", kTime),
            "<3>sub=eal no link");
  const Json json = Json::parse(log_line(LogStyle::json, LogLevel::info, "eal", "a\nb", kTime));
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["sub"], "eal");
  EXPECT_EQ(json["message"], "a\nb");
}

TEST(LogLine, CannotBeForged) {
  EXPECT_EQ(log_line(LogStyle::journal, LogLevel::info, "eal", "a\n<0>b\x1b[0m", kTime),
            "<6>sub=eal a\\x0a<0>b\\x1b[0m");
}

}  // namespace
}  // namespace weir
