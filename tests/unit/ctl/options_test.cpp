// The command line of the daemon.
#include "app/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/doctor_options.hpp"
#include "support/manual.hpp"

namespace weir {
namespace {

TEST(DaemonOptions, TakeTheFileFromTheOptionThenTheEnvironmentThenTheDefault) {
  EXPECT_EQ(parse_options({}, "")->config_file, "/etc/weir/weir.conf");
  EXPECT_EQ(parse_options({}, "/e")->config_file, "/e");
  EXPECT_EQ(parse_options({"-c", "/o"}, "/e")->config_file, "/o");
  EXPECT_EQ(parse_options({"--config=/o"}, "")->config_file, "/o");
}

TEST(DaemonOptions, RepeatSetAndVerbose) {
  const auto options = parse_options({"-vv", "--set", "tcp.msl=1s", "-v", "--set=a.b=c", "-t"}, "");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().verbose, 3u);
  EXPECT_EQ(options.value().overrides, (std::vector<std::string>{"tcp.msl=1s", "a.b=c"}));
  EXPECT_TRUE(options.value().test);
}

TEST(DaemonOptions, HandWhatStandsBehindTheDashesToDpdk) {
  const auto options = parse_options({"--demo", "--", "--no-pci", "-c"}, "");
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options.value().demo);
  EXPECT_EQ(options.value().eal_args, (std::vector<std::string>{"--no-pci", "-c"}));
}

TEST(DaemonOptions, RefuseWhatTheyDoNotKnow) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--dem"}, {"-x"}, {"word"}, {"-c"}, {"--demo", "-c", "f"}, {"--set"}}) {
    EXPECT_FALSE(parse_options(arguments, "").ok()) << arguments[0];
  }
}

TEST(DaemonOptions, OfADaemonAreRefusedBesideAReplay) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(parse_options({"--replay", "f", "--json"}, "/e")->replay, "f");
  for (const Words& more : {Words{"--set", "tcp.msl=1s"}, Words{"-c", "f"}, Words{"-t"},
                            Words{"-T"}, Words{"--demo"}, Words{"-v"}, Words{"--", "-l", "0"}}) {
    Words words{"--replay", "f"};
    words.insert(words.end(), more.begin(), more.end());
    const auto options = parse_options(words, "");
    ASSERT_FALSE(options.ok()) << more.front();
    EXPECT_THAT(options.error().message, testing::HasSubstr("leave out")) << more.front();
  }
  EXPECT_FALSE(parse_options({"--replay="}, "").ok()) << "no daemon is started instead";
  EXPECT_FALSE(parse_options({"--json"}, "").ok());
}

TEST(DaemonOptions, AreInTheManual) {
  const std::string page = source_text(WEIR_SOURCE_ROOT "/docs/man/weir.8");
  for (const std::string& usage : {usage_text(), doctor_usage_text()}) {
    for (const std::string& option : long_options(usage)) {
      EXPECT_THAT(page, testing::HasSubstr("Fl Fl " + option)) << option;
    }
    for (const std::string& option : short_options(usage)) {
      EXPECT_THAT(page, testing::HasSubstr("It Fl " + option + " , Fl Fl ")) << option;
    }
  }
  EXPECT_THAT(page, testing::HasSubstr(".Nm\n.Cm doctor\n"));
  EXPECT_EQ(mandoc_complaints(WEIR_SOURCE_ROOT "/docs/man/weir.8"), "");
}

// A line "It 78" there for "78 configuration error" here, and none that the help does not know.
TEST(DaemonOptions, ExitCodesAreThoseOfTheManual) {
  const std::string usage = usage_text(), page = source_text(WEIR_SOURCE_ROOT "/docs/man/weir.8");
  const auto told = all_matches(usage.substr(usage.find("Exit codes:")), R"([:,]\s(\d+) )");
  EXPECT_EQ(told.size(), 10u) << usage;
  EXPECT_EQ(told, all_matches(page.substr(page.find(".Sh EXIT STATUS")), R"(\n\.It (\d+)\n)"));
}

TEST(DoctorOptions, TakeTheFileAndKnowWhetherItWasNamed) {
  EXPECT_EQ(parse_doctor_options({}, "")->config_file, "/etc/weir/weir.conf");
  EXPECT_FALSE(parse_doctor_options({}, "")->config_named);
  EXPECT_TRUE(parse_doctor_options({}, "/e")->config_named);
  const auto options = parse_doctor_options({"-c", "/o", "--set", "tcp.msl=1s", "--json"}, "/e");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().config_file, "/o");
  EXPECT_EQ(options.value().overrides, (std::vector<std::string>{"tcp.msl=1s"}));
  EXPECT_TRUE(options.value().request.json);
  EXPECT_EQ(parse_doctor_options({"--explain", "HP01"}, "")->request.explain, "HP01");
  EXPECT_FALSE(parse_doctor_options({}, "")->live);
  EXPECT_TRUE(parse_doctor_options({"--live"}, "")->live);
  EXPECT_EQ(parse_doctor_options({"--live", "--socket", "/s"}, "")->socket, "/s");
}

TEST(DoctorOptions, RefuseWhatMakesNoSense) {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"--json", "--fix-script"}, Words{"--explain", ""},
                             Words{"--explain"}, Words{"now"}, Words{"--socket", "/s"}}) {
    EXPECT_FALSE(parse_doctor_options(words, "").ok()) << words.front();
  }
}

}  // namespace
}  // namespace weir
