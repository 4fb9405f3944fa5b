// weirctl top against a daemon, without a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "ctl/failure.hpp"
#include "ctl/run.hpp"
#include "fake_daemon.hpp"

namespace weir::ctl {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code;
  std::string out, err;
};

Outcome top(const std::string& socket, std::vector<std::string> options) {
  options.insert(options.begin(), "top");
  std::ostringstream out, err;
  Surroundings around;
  around.socket = socket;
  const int code = run(options, around, out, err);
  return {code, out.str(), err.str()};
}

TEST(Top, WithoutATerminalIsOneSentence) {
  FakeDaemon daemon;
  const Outcome outcome = top(daemon.path(), {});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("top needs a terminal; 'weirctl top -b -n 1'"));
}

TEST(Top, PrintsAsManyLooksAsAskedFor) {
  FakeDaemon daemon(3);
  const Outcome outcome = top(daemon.path(), {"-b", "-n", "2", "-d", "0.01"});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  const auto first = outcome.out.find("weir 0.1.0  ready");
  ASSERT_NE(first, std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("weir 0.1.0  ready", first + 1), std::string::npos);
  for (const char* text : {"drops 0/s", "pool0 98% free", "WARN something to know",
                           "192.0.2.1:80/tcp", "ip_bad_checksum"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

TEST(Top, PrintsALineOfJsonALook) {
  FakeDaemon daemon;
  const Outcome outcome = top(daemon.path(), {"-j", "-n", "2", "-d", "0.01"});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  std::istringstream lines(outcome.out);
  std::string line;
  int looks = 0;
  for (; std::getline(lines, line); ++looks) {
    const Json json = Json::parse(line);
    EXPECT_EQ(json["schema"], "weir.top.v1");
    EXPECT_GT(json["seconds"], 0);
    EXPECT_EQ(json["workers"].size(), 2u);
    EXPECT_EQ(json["drops"][0]["count"], 14);
  }
  EXPECT_EQ(looks, 2);
}

TEST(Top, WithoutADaemonFailsAsOthersDo) {
  EXPECT_EQ(top("/tmp/weir-ctl-nobody/weir.sock", {"-b"}).code, kNotRunning);
}

}  // namespace
}  // namespace weir::ctl
