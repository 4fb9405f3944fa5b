// The command line of the daemon.
#include "app/options.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace weir
