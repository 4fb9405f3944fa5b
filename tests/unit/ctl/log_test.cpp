// Lines of the log.
#include "control/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Log, CountsWhatItWrites) {
  Log log({LogLevel::warn, LogFormat::text});
  EXPECT_EQ(log.counts().at({LogLevel::error, "eal"}), 0u) << "there before the first one";
  testing::internal::CaptureStderr();
  log.warn("one");
  log.write(LogLevel::error, "eal", "two");
  log.info("below the level");
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2);
  EXPECT_EQ(log.counts().at({LogLevel::warn, "weir"}), 1u);
  EXPECT_EQ(log.counts().at({LogLevel::error, "eal"}), 1u);
  EXPECT_EQ(log.counts().at({LogLevel::info, "weir"}), 0u);
}

TEST(LogLevels, AreOfAllOrOfOneSubsystem) {
  Log log({LogLevel::warn, LogFormat::text});
  ASSERT_TRUE(log.set_levels("eal=error").ok());
  EXPECT_EQ(log.levels(), "warn,eal=error");
  log.write(LogLevel::warn, "eal", "not wanted");
  EXPECT_EQ(log.last(), 0U);
  ASSERT_TRUE(log.set_levels("error,tcp=debug,ip=info").ok()) << "those of before are forgotten";
  EXPECT_EQ(log.levels(), "error,ip=info,tcp=debug");
}

TEST(LogLevels, ChangeNothingWhenTheyAreWrong) {
  Log log({LogLevel::warn, LogFormat::text});
  for (const char* text : {"", "loud", "eal=", "=debug", "debug,eal=loud", "E L=debug", ","}) {
    EXPECT_FALSE(log.set_levels(text).ok()) << text;
    EXPECT_EQ(log.levels(), "warn");
  }
}

TEST(LogRing, KeepsTheLastLines) {
  Log log({LogLevel::error, LogFormat::text});
  testing::internal::CaptureStderr();
  for (std::size_t i = 1; i <= Log::kKept + 5; ++i) log.error(std::to_string(i));
  (void)testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.last(), Log::kKept + 5);
  const auto all = log.recent(0, 10 * Log::kKept);
  ASSERT_EQ(all.size(), Log::kKept);
  EXPECT_EQ(all.front().message, "6");
  EXPECT_EQ(log.recent(log.last() - 2, 100).size(), 2U);
  EXPECT_EQ(log.recent(log.last() - 2, 1).front().number, log.last()) << "the newest";
  EXPECT_TRUE(log.recent(log.last(), 100).empty());
  EXPECT_TRUE(log.recent(log.last() + 7, 100).empty());
}

}  // namespace
}  // namespace weir
