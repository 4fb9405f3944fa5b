// The command line of weir-load: what is said is meant, and what is wrong is told.
#include "load/plan.hpp"

#include <gtest/gtest.h>

#include "support/manual.hpp"

namespace weir::load {
namespace {

using Words = std::vector<std::string>;

Words with_way(Words words) {
  const Words way{"-d", "net_tap0", "-a", "198.18.0.2/24", "-a", "2001:db8::2/64"};
  words.insert(words.end(), way.begin(), way.end());
  return words;
}
LoadPlan plan_of(const Words& words) {
  const auto request = parse_request(with_way(words));
  if (!request) ADD_FAILURE() << request.error().message;
  return request ? request.value().plan : LoadPlan{};
}

TEST(LoadPlan, TakesWhatIsSaid) {
  const LoadPlan plan =
      plan_of({"echo", "198.18.0.1:7", "-c", "1K", "-p", "16", "-s", "2K", "-n", "5", "-r", "10K/s",
               "-t", "1500ms", "--ramp", "2s", "--cpus", "1,3", "-j"});
  EXPECT_EQ(plan.mode, Mode::echo);
  ASSERT_EQ(plan.targets.size(), 1U);
  EXPECT_EQ(to_string(plan.targets[0].address, plan.targets[0].port), "198.18.0.1:7");
  EXPECT_EQ(plan.connections, 1000U);
  EXPECT_EQ(plan.pipeline, 16U);
  EXPECT_EQ(plan.size, 2048U);
  EXPECT_EQ(plan.requests, 5U);
  EXPECT_EQ(plan.rate, 10'000);
  EXPECT_EQ(plan.time, 1500ms);
  EXPECT_EQ(plan.ramp, 2s);
  EXPECT_EQ(plan.cpus, (std::vector<unsigned>{1, 3}));
  EXPECT_TRUE(plan.json);
  EXPECT_TRUE(plan.quiet);
}

TEST(LoadPlan, UnderstandsTargetsOfBothFamiliesAndUrls) {
  EXPECT_EQ(plan_of({"echo", "[2001:db8::1]:7"}).targets[0].port, 7);
  const LoadPlan plan = plan_of({"http", "http://198.18.0.1/a/b?c"});
  EXPECT_EQ(plan.targets[0].port, 80);
  EXPECT_EQ(plan.path, "/a/b?c");
  EXPECT_EQ(plan.host, "198.18.0.1");
  const LoadPlan six = plan_of({"http", "http://[2001:db8::1]:8080/x"});
  EXPECT_EQ(six.targets[0].port, 8080);
  EXPECT_EQ(six.host, "[2001:db8::1]:8080");
  EXPECT_EQ(plan_of({"idle", "198.18.0.1:1", "198.18.0.1:2"}).targets.size(), 2U);
}

TEST(LoadPlan, TellsWhatIsWrong) {
  const std::pair<Words, const char*> cases[] = {
      {{}, "say what to do"},
      {{"ecco", "198.18.0.1:7"}, "'ecco' is no mode"},
      {{"echo"}, "where to?"},
      {{"echo", "198.18.0.1"}, "is no target"},
      {{"echo", "198.18.0.1:0"}, "is no target"},
      {{"echo", "198.18.0.1:70000"}, "is no target"},
      {{"echo", "[2001:db8::1:7"}, "is no target"},
      {{"echo", "host:7"}, "the address in numbers"},
      {{"echo", "198.18.0.1:7", "[2001:db8::1]:7"}, "both families"},
      {{"echo", "198.18.0.1:7", "-c", "0"}, "--connections 0"},
      {{"idle", "198.18.0.1:7", "198.18.0.1:8", "-c", "129025"}, "one target has room for 64512"},
      {{"echo", "198.18.0.1:7", "-p", "65"}, "--pipeline 65"},
      {{"echo", "198.18.0.1:7", "-r", "-5"}, "--rate"},
      {{"echo", "198.18.0.1:7", "-t", "never"}, "--time never"},
      {{"echo", "198.18.0.1:7", "--cpus", "1,x"}, "--cpus 1,x"},
      {{"echo", "198.18.0.1:7", "--hugepages", "maybe"}, "required, try or no"},
      {{"udp", "198.18.0.1:7", "-s", "7"}, "8 to 1452"},
      {{"udp", "198.18.0.1:7", "-s", "1453"}, "8 to 1452"},
      {{"echo", "198.18.0.1:7", "--sources", "198.18.0.0/16"}, "contains the target"},
      {{"echo", "198.18.0.1:7", "--sources", "2001:db8::/64"}, "of the targets' family"},
      {{"syn-flood", "198.18.0.1:7"}, "needs --sources"},
      {{"echo", "198.18.0.1:7", "--sources", "198.19.0.0/16", "-g", "198.19.0.1"}, "the gateway"},
      {{"echo", "198.18.0.1:7", "-a", "198.18.0.2/16"}, "is there twice"},
      {{"upload", "198.18.0.1:9", "-r", "5"}, "one stream a connection"},
      {{"http", "http://198.18.0.1/a", "http://198.18.0.1/b"}, "one path for all"},
      {{"http", "http://198.18.0.1:70000/"}, "is no target"},
      {{"echo", "198.18.0.1:7", "--cpus", "99999999999"}, "--cpus 99999999999"},
      {{"echo", "198.18.0.1:7", "--fast"}, "fast"},
  };
  for (const auto& [words, expected] : cases) {
    const auto request = parse_request(with_way(words));
    ASSERT_FALSE(request) << expected;
    EXPECT_NE(request.error().message.find(expected), std::string::npos) << request.error().message;
  }
  EXPECT_NE(parse_request({"echo", "198.18.0.1:7"}).error().message.find("--device"),
            std::string::npos);
  EXPECT_NE(parse_request({"echo", "198.18.0.1:7", "-d", "x"}).error().message.find("--address"),
            std::string::npos);
  EXPECT_NE(parse_request({"echo", "[2001:db8::1]:7", "-d", "x", "-a", "192.0.2.1/24"})
                .error()
                .message.find("family"),
            std::string::npos);
}

TEST(LoadPlan, HelpNamesEveryMode) {
  ASSERT_TRUE(parse_request({"--help"}).value().help);
  for (const char* mode :
       {"echo", "respond", "http", "connect", "idle", "upload", "download", "udp", "syn-flood"}) {
    EXPECT_NE(usage_text().find(std::string("\n  ") + mode), std::string::npos) << mode;
  }
}

TEST(LoadOptions, AreInTheManual) {
  const std::string page = source_text(WEIR_SOURCE_ROOT "/docs/man/weir-load.1");
  for (const std::string& option : long_options(usage_text())) {
    EXPECT_NE(page.find("Fl Fl " + option), std::string::npos) << option;
  }
  EXPECT_EQ(mandoc_complaints(WEIR_SOURCE_ROOT "/docs/man/weir-load.1"), "");
}

}  // namespace
}  // namespace weir::load
