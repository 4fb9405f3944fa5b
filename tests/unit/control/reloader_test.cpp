// From one configuration to the next: what is a change, what is refused, and the way back.
#include "control/reloader.hpp"

#include <gmock/gmock.h>

#include "config_kit.hpp"

namespace weir::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TEST(ConfigChanges, CommentsAndLinesAreNone) {
  const auto a = load_text(kPort + kService + "backlog = 7\n");
  const auto b = load_text("# here too\n\n" + kPort + kService + "\nbacklog = 7   # seven\n");
  EXPECT_TRUE(changes_between(a, b).none());
}

TEST(ConfigChanges, AreSaidKeyByKey) {
  const auto a = load_text(kPort + kService + "backlog = 7\n");
  const auto b = load_text(kPort + kService + "nagle = off\n[service more]\nhandler = echo\n" +
                           "listen = :7\n[tcp]\nmsl = 10s\n");
  const ConfigChanges changes = changes_between(a, b);
  EXPECT_THAT(changes.lines,
              ElementsAre("[service web] backlog: 7 -> 1024", "[service web] nagle: on -> off",
                          "[service more]: new", "[tcp] msl: 30s -> 10s"));
  EXPECT_THAT(changes.refused, IsEmpty());
  EXPECT_THAT(changes_between(b, a).lines, ::testing::Contains("[service more]: gone"));
}

TEST(ConfigChanges, WhatNeedsARestartIsRefusedByName) {
  const auto a = load_text(kPort + kService + "[workers]\ncpus = 0\n");
  const auto b = load_text(kPort + kService + "[workers]\ncpus = 0-1\n");
  const ConfigChanges changes = changes_between(a, b);
  ASSERT_EQ(changes.refused.size(), 1U);
  EXPECT_NE(changes.refused[0].line, 0U) << "the line that asks for it";
  EXPECT_THAT(changes.refused[0].message, HasSubstr("[workers] cpus changed 0 -> 0-1"));
  EXPECT_THAT(changes.refused[0].message, HasSubstr("restart"));
}

TEST(ConfigChanges, APortComesAndGoesWithARestart) {
  const auto a = load_text(kPort + kService);
  const auto b =
      load_text(kPort + "[port more]\ndevice = net_null0\naddress = 198.18.0.1/24\n" + kService);
  EXPECT_EQ(changes_between(a, b).refused.size(), 1U);
  EXPECT_EQ(changes_between(b, a).refused.size(), 1U);
}

/// A file that changes, and what was applied of it.
class ReloaderTest : public ::testing::Test {
 protected:
  ReloaderTest() : file_(directory_.write("weir.conf", kPort + kService)) {}

  void write(const std::string& more) { directory_.write("weir.conf", kPort + kService + more); }
  std::uint32_t backlog() const { return applied_.back().services[0].backlog; }

  const Directory directory_;
  const std::string file_;
  const ConfigSources sources_{file_, std::nullopt, {}, {"service.web.max-connections=9"}};
  std::vector<Config> applied_;
  std::string refuses_;
  std::size_t tries_ = 0;
  Reloader reloader_{sources_, load_config(sources_), [this](const Config& config) -> Result<bool> {
                       ++tries_;
                       if (!refuses_.empty()) return Error{refuses_};
                       applied_.push_back(config);
                       return true;
                     }};
  Reloader::Time now_{};
};

TEST_F(ReloaderTest, AppliesWhatHasChanged) {
  write("backlog = 5\n");
  EXPECT_TRUE(reloader_.differs());
  const auto outcome = reloader_.reload({}, now_);
  EXPECT_TRUE(outcome.applied);
  EXPECT_THAT(outcome.changes, ElementsAre("[service web] backlog: 1024 -> 5"));
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(backlog(), 5U);
  EXPECT_EQ(applied_[0].services[0].max_connections, 9U) << "--set wins, now as before";
  EXPECT_FALSE(reloader_.differs());
}

TEST_F(ReloaderTest, AppliesNothingWhenNothingHasChanged) {
  EXPECT_TRUE(reloader_.reload({}, now_).applied);
  EXPECT_THAT(applied_, IsEmpty());
}

TEST_F(ReloaderTest, ADryRunAppliesNothing) {
  write("backlog = 5\n");
  const auto outcome = reloader_.reload({true, {}}, now_);
  EXPECT_EQ(outcome.changes.size(), 1U);
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_TRUE(reloader_.differs());
}

TEST_F(ReloaderTest, AMistakeChangesNothing) {
  for (const char* mistake : {"backlog = lots\n", "[workers]\ncpus = 0-1\n"}) {
    write(mistake);
    const auto outcome = reloader_.reload({}, now_);
    EXPECT_FALSE(outcome.applied);
    EXPECT_EQ(outcome.problems.size(), 1U) << mistake;
    EXPECT_FALSE(reloader_.last_was_good());
    EXPECT_THAT(applied_, IsEmpty());
    EXPECT_TRUE(reloader_.differs());
  }
}

TEST_F(ReloaderTest, TheEnginesRefusalIsAProblem) {
  refuses_ = "the files are too large";
  write("backlog = 5\n");
  const auto outcome = reloader_.reload({}, now_);
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_EQ(outcome.problems[0].message, refuses_);
  EXPECT_TRUE(reloader_.differs());
}

TEST_F(ReloaderTest, GoesBackByItselfUnlessConfirmed) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  EXPECT_FALSE(reloader_.every_second(now_ + 29s));
  EXPECT_TRUE(reloader_.every_second(now_ + 30s).value().taken);
  EXPECT_EQ(backlog(), 1024U);
  EXPECT_FALSE(reloader_.every_second(now_ + 60s)) << "once";
  EXPECT_FALSE(reloader_.confirm());
}

TEST_F(ReloaderTest, TriesTheWayBackUntilItIsFree) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  refuses_ = "too many services";
  const auto barred = reloader_.every_second(now_ + 30s);
  ASSERT_TRUE(barred);
  EXPECT_FALSE(barred->taken);
  EXPECT_THAT(barred->what, HasSubstr("too many services"));
  EXPECT_FALSE(reloader_.last_was_good());
  EXPECT_FALSE(reloader_.every_second(now_ + 31s)) << "told once";
  refuses_ = "another reason";
  EXPECT_THAT(reloader_.every_second(now_ + 33s).value().what, HasSubstr("another reason"));
  EXPECT_EQ(backlog(), 5U);
  refuses_.clear();
  EXPECT_TRUE(reloader_.every_second(now_ + 37s).value().taken);
  EXPECT_EQ(backlog(), 1024U);
  EXPECT_TRUE(reloader_.last_was_good());
}

TEST_F(ReloaderTest, TheWayBackIsTriedLessAndLessOftenDownToOnceAMinute) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  refuses_ = "too many services";
  std::vector<int> tried;
  for (int second = 0; second < 300; ++second) {
    const std::size_t before = tries_;
    (void)reloader_.every_second(now_ + std::chrono::seconds(second));
    if (tries_ != before) tried.push_back(second);
  }
  EXPECT_THAT(tried, ElementsAre(30, 31, 33, 37, 45, 61, 93, 153, 213, 273));
  (void)reloader_.reload({false, 30s}, now_ + 300s);
  const std::size_t before = tries_;
  for (int second = 301; second <= 331; ++second) {
    (void)reloader_.every_second(now_ + std::chrono::seconds(second));
  }
  EXPECT_EQ(tries_ - before, 2U) << "another trial, another beginning: at 330 and 331";
}

TEST_F(ReloaderTest, WhatHasNoWayBackCanStillBeConfirmed) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  refuses_ = "too many services";
  (void)reloader_.every_second(now_ + 30s);
  EXPECT_TRUE(reloader_.confirm());
  EXPECT_TRUE(reloader_.last_was_good());
  EXPECT_FALSE(reloader_.every_second(now_ + 31s));
}

TEST_F(ReloaderTest, ABarredWayBackStaysBarredWhateverIsReadAgain) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  refuses_ = "too many services";
  (void)reloader_.every_second(now_ + 30s);
  EXPECT_TRUE(reloader_.reload({}, now_ + 31s).applied) << "nothing differs";
  EXPECT_FALSE(reloader_.last_was_good());
  EXPECT_TRUE(reloader_.reload({false, 300s}, now_ + 32s).applied) << "prolonged";
  EXPECT_FALSE(reloader_.last_was_good()) << "nobody has tried it since";
}

TEST_F(ReloaderTest, WhatBarsAProlongedTrialIsToldAgain) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  refuses_ = "too many services";
  EXPECT_TRUE(reloader_.every_second(now_ + 30s));
  (void)reloader_.reload({false, 30s}, now_ + 40s);
  EXPECT_FALSE(reloader_.every_second(now_ + 69s));
  const auto barred = reloader_.every_second(now_ + 70s);
  ASSERT_TRUE(barred);
  EXPECT_THAT(barred->what, HasSubstr("too many services"));
}

TEST_F(ReloaderTest, StaysWhenConfirmed) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  EXPECT_TRUE(reloader_.confirm());
  EXPECT_FALSE(reloader_.every_second(now_ + 60s));
  EXPECT_EQ(backlog(), 5U);
}

TEST_F(ReloaderTest, ASecondTrialGoesBackToWhatWasConfirmedLast) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  write("backlog = 6\n");
  (void)reloader_.reload({false, 30s}, now_ + 10s);
  EXPECT_FALSE(reloader_.every_second(now_ + 35s));
  EXPECT_TRUE(reloader_.every_second(now_ + 40s));
  EXPECT_EQ(backlog(), 1024U);
}

TEST_F(ReloaderTest, ATrialGoesOnWhenNothingDiffersFromIt) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  EXPECT_TRUE(reloader_.reload({}, now_ + 10s).applied) << "a SIGHUP, say";
  EXPECT_TRUE(reloader_.reload({false, 30s}, now_ + 20s).applied);
  EXPECT_FALSE(reloader_.every_second(now_ + 40s)) << "prolonged";
  EXPECT_TRUE(reloader_.every_second(now_ + 50s));
  EXPECT_EQ(backlog(), 1024U);
}

TEST_F(ReloaderTest, AReloadWithoutATrialIsAConfirmationOfItself) {
  write("backlog = 5\n");
  (void)reloader_.reload({false, 30s}, now_);
  write("backlog = 6\n");
  (void)reloader_.reload({}, now_ + 10s);
  EXPECT_FALSE(reloader_.every_second(now_ + 60s));
  EXPECT_EQ(backlog(), 6U);
}

}  // namespace
}  // namespace weir::test
