// Lines of the log.
#include "control/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "control/json.hpp"

namespace weir {
namespace {

const std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'700'000'000'042)};

LogRecord link_down() {
  return {1,
          kTime,
          LogEvent::port_down,
          LogLevel::warn,
          "link down",
          {{"port", "wan"}, {"megabits", 25000}, {"hint", "see \"cable\""}, {"none", ""}}};
}

LogRecord said(std::string message) {
  return {1, kTime, LogEvent::eal, LogLevel::info, std::move(message), {}};
}

// What a block writes to stderr.
template <class Block>
std::string written_by(const Block& block) {
  testing::internal::CaptureStderr();
  block();
  return testing::internal::GetCapturedStderr();
}

TEST(LogLine, IsTextForPeople) {
  const std::string body =
      "sub=port link down event=port_down port=wan megabits=25000 hint=\"see \\\"cable\\\"\" "
      "none=\"\"";
  EXPECT_EQ(log_line(LogStyle::text, link_down()), "2023-11-14T22:13:20.042Z warn  " + body);
  EXPECT_EQ(log_line(LogStyle::journal, link_down()), "<4>" + body);
  EXPECT_EQ(log_line(LogStyle::colour, link_down()),
            "\x1b[2m2023-11-14T22:13:20.042Z\x1b[0m \x1b[33mwarn \x1b[0m " + body);
}

TEST(LogLine, IsJsonWithTheSameFields) {
  const Json json = Json::parse(log_line(LogStyle::json, link_down()));
  EXPECT_EQ(
      json.dump(),
      R"({"time":"2023-11-14T22:13:20.042Z","level":"warn","sub":"port","event":"port_down",)"
      R"("message":"link down","port":"wan","megabits":25000,"hint":"see \"cable\"","none":""})");
}

TEST(LogLine, CannotBeForged) {
  EXPECT_EQ(log_line(LogStyle::journal, said("a\n<0>b\x1b[0m")),
            "<6>sub=eal a\\x0a<0>b\\x1b[0m event=eal");
  const Json json = Json::parse(log_line(LogStyle::json, said("a\nb")));
  EXPECT_EQ(json["message"], "a\nb") << "JSON has its own way";
  LogRecord record = said("x");
  record.fields = {{"name", "a\nb"}};
  EXPECT_EQ(log_line(LogStyle::journal, record), "<6>sub=eal x event=eal name=a\\x0ab");
}

TEST(LogStyles, FollowWhereStderrLeads) {
  struct stat status {};
  ASSERT_EQ(fstat(STDERR_FILENO, &status), 0);
  const std::string here = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  setenv("JOURNAL_STREAM", here.c_str(), 1);
  EXPECT_EQ(log_style(LogFormat::automatic), LogStyle::journal);
  EXPECT_NE(log_style(LogFormat::text), LogStyle::journal);
  EXPECT_EQ(log_style(LogFormat::json), LogStyle::json);
  setenv("JOURNAL_STREAM", "1:2", 1);  // inherited from somebody else, who has another stderr
  EXPECT_NE(log_style(LogFormat::automatic), LogStyle::journal);
  unsetenv("JOURNAL_STREAM");
  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(log_style(LogFormat::automatic), LogStyle::text);
  unsetenv("NO_COLOR");
}

TEST(Log, CountsWhatItWrites) {
  Log log({LogLevel::warn, LogFormat::text});
  EXPECT_EQ(log.counts().at({LogLevel::error, "eal"}), 0u) << "there before the first one";
  const std::string written = written_by([&] {
    log.write(LogEvent::start_warning, {}, "one");
    log.write_eal(LogLevel::error, "two");
    log.write(LogEvent::ready);
  });
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2) << "one is below the level";
  EXPECT_EQ(log.counts().at({LogLevel::warn, "weir"}), 1u);
  EXPECT_EQ(log.counts().at({LogLevel::error, "eal"}), 1u);
  EXPECT_EQ(log.counts().at({LogLevel::info, "weir"}), 0u);
}

TEST(Log, SaysTheEventsOwnWordsUnlessGivenOthers) {
  Log log({LogLevel::info, LogFormat::text});
  written_by([&] {
    log.write(LogEvent::port_down);
    log.write(LogEvent::port_down, {}, "others");
  });
  EXPECT_EQ(log.recent(0, 2)[0].message, text(LogEvent::port_down).message);
  EXPECT_EQ(log.recent(0, 2)[1].message, "others");
}

TEST(LogLimiter, LetsSoManyPassInASecondAndCountsTheRest) {
  LogLimiter limiter;
  constexpr LogEvent kEvent = LogEvent::port_down;
  const Instant start(100s);
  for (std::uint32_t i = 0; i < text(kEvent).per_second; ++i) {
    EXPECT_EQ(limiter.admit(kEvent, start), 0u);
  }
  for (int i = 0; i < 1841; ++i) EXPECT_FALSE(limiter.admit(kEvent, start));
  EXPECT_EQ(limiter.admit(LogEvent::port_up, start), 0u) << "each event by itself";
  EXPECT_EQ(limiter.admit(kEvent, start + 1s), 1841u);
  EXPECT_EQ(limiter.admit(kEvent, start + 1s), 0u) << "told once";
}

TEST(LogLimiter, TellsOfThoseThatStopped) {
  LogLimiter limiter;
  const Instant start(100s);
  for (int i = 0; i < 9; ++i) (void)limiter.admit(LogEvent::port_down, start);
  EXPECT_TRUE(limiter.settle(start).empty()) << "it has no line left in this second";
  const auto debts = limiter.settle(start + 1s);
  ASSERT_EQ(debts.size(), 1u);
  EXPECT_EQ(debts[0].event, LogEvent::port_down);
  EXPECT_EQ(debts[0].suppressed, 4u);
  EXPECT_TRUE(limiter.settle(start + 2s).empty());
}

TEST(LogLimiter, NeverHoldsBackWhatOnlyTheOperatorCauses) {
  LogLimiter limiter;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.admit(LogEvent::reload_change, Instant(1s)), 0u);
}

TEST(Log, IsLimitedAndSettles) {
  Log log({LogLevel::info, LogFormat::text}, [] { return Instant(100s); });
  written_by([&] {
    for (int i = 0; i < 100; ++i) log.write(LogEvent::address_duplicate);
  });
  EXPECT_EQ(log.last(), text(LogEvent::address_duplicate).per_second);
  EXPECT_EQ(written_by([&] { log.settle(Instant(100s)); }), "");
  const std::string line = written_by([&] { log.settle(Instant(101s)); });
  EXPECT_EQ(log.last(), text(LogEvent::address_duplicate).per_second + 1);
  EXPECT_NE(line.find("event=address_duplicate suppressed=95"), std::string::npos) << line;
}

TEST(Log, KeepsNoDebugLineBack) {
  Log log({LogLevel::debug, LogFormat::text});
  written_by([&] {
    for (int i = 0; i < 500; ++i) log.write_eal(LogLevel::debug, "detail");
  });
  EXPECT_EQ(log.last(), 500U);
}

TEST(LogLevels, AreOfAllOrOfOneSubsystem) {
  Log log({LogLevel::warn, LogFormat::text});
  ASSERT_TRUE(log.set_levels("eal=error").ok());
  EXPECT_EQ(log.levels(), "warn,eal=error");
  log.write_eal(LogLevel::warn, "not wanted");
  EXPECT_EQ(log.last(), 0U);
  ASSERT_TRUE(log.set_levels("error,port=debug,config=info").ok())
      << "those of before are forgotten";
  EXPECT_EQ(log.levels(), "error,config=info,port=debug");
}

TEST(LogLevels, AreOfSubsystemsThatThereAre) {
  Log log({LogLevel::warn, LogFormat::text});
  const auto set = log.set_levels("tcp=debug");
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().message,
            "'tcp' is no subsystem; there are: config, control, eal, memory, metrics, port, "
            "service, weir, worker");
  for (const LogEventText& event : kLogEvents) {
    EXPECT_TRUE(log.set_levels(std::string(event.subsystem) + "=error").ok()) << event.name;
  }
}

TEST(LogLevels, SetByHandAReloadLeavesAloneUnlessItChangesThem) {
  Log log({LogLevel::warn, LogFormat::text});
  ASSERT_TRUE(log.set_levels("eal=debug").ok());
  log.follow({LogLevel::warn, LogFormat::text}, {LogLevel::warn, LogFormat::json});
  EXPECT_EQ(log.levels(), "warn,eal=debug");
  const std::string line = written_by([&] {
    log.follow({LogLevel::warn, LogFormat::text}, {LogLevel::info, LogFormat::text});
  });
  EXPECT_EQ(log.levels(), "info");
  EXPECT_NE(line.find("event=log_level before=\"warn,eal=debug\" now=info"), std::string::npos)
      << line;
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
  written_by([&] {
    for (std::size_t i = 1; i <= Log::kKept + 5; ++i) {
      log.write(LogEvent::stop_failed, {}, std::to_string(i));
    }
  });
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
