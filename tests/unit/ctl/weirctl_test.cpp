// weirctl against a daemon, against none, and against one that does not answer.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <regex>
#include <sstream>

#include "control/json.hpp"
#include "ctl/client.hpp"
#include "ctl/command.hpp"
#include "ctl/run.hpp"
#include "fake_daemon.hpp"

namespace weir::ctl {
namespace {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome weirctl(const std::string& socket, const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Surroundings around;
  around.socket = socket;
  const int code = run(arguments, around, out, err);
  return {code, out.str(), err.str()};
}

TEST(Weirctl, ShowsEveryNounAsATable) {
  FakeDaemon daemon(3);
  for (const Command& command : commands()) {
    // What runs other programs or needs files is in front_test.cpp and in the system tests.
    if (command.streams || command.verb() == "check" || command.verb() == "diff" ||
        command.words.count == Count::one || command.words.count == Count::some ||
        command.name == "reload" || command.name == "confirm" || command.name == "doctor") {
      continue;
    }
    std::vector<std::string> words;
    for (const std::string_view word : split(command.name)) words.emplace_back(word);
    const Outcome outcome = weirctl(daemon.path(), words);
    EXPECT_EQ(outcome.code, kDone) << command.name << ": " << outcome.err;
    EXPECT_EQ(outcome.out.empty(), command.name == "log") << command.name;
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "no colours in a pipe";
    words.insert(words.begin(), "help");
    EXPECT_NE(weirctl("", words).out.find(usage_of(command)), std::string::npos) << command.name;
  }
}

TEST(Weirctl, WithoutACommandShowsTheStatus) {
  FakeDaemon daemon;
  const Outcome outcome = weirctl(daemon.path(), {});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_NE(outcome.out.find("weir 0.1.0 (DPDK 22.11)  ready  up 00:00:0"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("WARN  something to know"), std::string::npos);
  EXPECT_NE(outcome.out.find("up 25G"), std::string::npos);
}

TEST(Weirctl, SaysWhyTheDaemonIsNotReady) {
  FakeDaemon daemon;
  daemon.engine.link_up = false;
  const std::string status = weirctl(daemon.path(), {"status"}).out;
  EXPECT_NE(status.find("(DPDK 22.11)  not ready  up"), std::string::npos) << status;
  EXPECT_NE(status.find("WARN  not ready: service web cannot be reached"), std::string::npos);
  const std::string top = weirctl(daemon.path(), {"top", "-b", "-n", "1"}).out;
  EXPECT_NE(top.find("weir 0.1.0  not ready: service web cannot be reached"), std::string::npos)
      << top;
  const Json report = Json::parse(weirctl(daemon.path(), {"top", "-b", "-n", "1", "-j"}).out);
  EXPECT_EQ(report["ready"], false);
  EXPECT_EQ(report["unready"], "service web cannot be reached: port p0 has no link");
}

TEST(Weirctl, DoesNotBlameAHostForAPingThatDidNotLeave) {
  FakeDaemon daemon;
  daemon.engine.sends = false;
  const Outcome ping = weirctl(daemon.path(), {"ping", "-c", "1", "192.0.2.9"});
  EXPECT_EQ(ping.code, kRefused);
  EXPECT_EQ(ping.out,
            "192.0.2.9 from 192.0.2.1 by port p0\n"
            "1  nothing was sent: weir's worker 0 is busy, or has no buffer or no way\n"
            "asked 1 times, 1 of them not sent, answered 0\n");
}

TEST(Weirctl, PrintsJsonAsTheDaemonSentIt) {
  FakeDaemon daemon(2);
  const Outcome line = weirctl(daemon.path(), {"flows", "-j", "dport", ":80"});
  EXPECT_EQ(line.code, kDone);
  EXPECT_EQ(std::count(line.out.begin(), line.out.end(), '\n'), 1);
  EXPECT_EQ(Json::parse(line.out)["matched"], 2);
  const Outcome pretty = weirctl(daemon.path(), {"--pretty", "flows"});
  EXPECT_GT(std::count(pretty.out.begin(), pretty.out.end(), '\n'), 10);
  EXPECT_EQ(Json::parse(pretty.out)["matched"], 2);
}

TEST(Weirctl, ShowsFlowsLikeSs) {
  FakeDaemon daemon(1500);
  const Outcome outcome = weirctl(
      daemon.path(), {"flows", "state", "established", "--limit", "1", "--sort=bytes", "-i"});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_NE(outcome.out.find("estab"), std::string::npos);
  EXPECT_NE(outcome.out.find("198.51.100.1:2523"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("1 of 1500 shown (limit"), std::string::npos);
  EXPECT_EQ(weirctl(daemon.path(), {"flows", "--", "not", "tcp"}).out.find("estab"),
            std::string::npos);
}

TEST(Weirctl, ShowsADashForWhatIsNotKnownOfAFlow) {
  FakeDaemon daemon(0, false);
  daemon.engine.add_flows(1);
  const Outcome outcome = weirctl(daemon.path(), {"flows"});
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex(R"(:1024 +0 +- +- +- +web)")))
      << outcome.out;
}

TEST(Weirctl, SaysThatConnectionsAreMissingWhileAWorkerStandsStill) {
  FakeDaemon daemon(1);
  EXPECT_EQ(weirctl(daemon.path(), {"flows"}).out.find("did not answer"), std::string::npos);
  daemon.engine.answers = false;
  EXPECT_NE(weirctl(daemon.path(), {"flows"}).out.find("0 of 0 shown\na worker did not answer"),
            std::string::npos);
  const Outcome kill = weirctl(daemon.path(), {"flows", "kill", "all"});
  EXPECT_EQ(kill.code, kRefused) << kill.out;
}

TEST(Weirctl, ShowsWhatAFrameCostsByStage) {
  FakeDaemon daemon;
  const Outcome outcome = weirctl(daemon.path(), {"workers"});
  EXPECT_NE(outcome.out.find("12.5 frames a burst"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("receive 10 process 20 timers 30 transmit 40 send 50"),
            std::string::npos)
      << outcome.out;
}

TEST(Weirctl, ShowsHowLongThingsTake) {
  FakeDaemon daemon;
  ServiceHistograms& web = daemon.engine.writable(0).of_service(0);
  web.handshake.record(50ms, 98);
  web.handshake.record(2s, 2);
  daemon.engine.writable(1).rx_burst.record(32);
  const std::string all = weirctl(daemon.path(), {"latency"}).out;
  EXPECT_TRUE(std::regex_search(all, std::regex(R"(handshake +web +100 +50ms +50ms +2\.0s)")))
      << all;
  EXPECT_TRUE(std::regex_search(all, std::regex("rx_burst +all workers +1( +32){6}\n"))) << all;
  EXPECT_TRUE(std::regex_search(all, std::regex("request +web +0( +-){5} +none yet\n"))) << all;
  EXPECT_EQ(all.find('#'), std::string::npos) << "bars only for one name";
}

TEST(Weirctl, ShowsOneHistogramAsBars) {
  FakeDaemon daemon;
  ServiceHistograms& web = daemon.engine.writable(0).of_service(0);
  web.request.record(1500ns, 30);
  web.request.record(30us, 10);
  const std::string bars = weirctl(daemon.path(), {"latency", "request"}).out;
  const std::string forty(40, '#'), thirteen(13, '#');
  EXPECT_TRUE(std::regex_search(bars, std::regex("2\\.0us +30 +75\\.0% +" + forty + "\n"))) << bars;
  EXPECT_TRUE(std::regex_search(bars, std::regex("5\\.0us +0 +0\\.0%"))) << "gaps are shown\n"
                                                                         << bars;
  EXPECT_TRUE(std::regex_search(bars, std::regex("50us +10 +25\\.0% +" + thirteen + "\n"))) << bars;
  EXPECT_EQ(weirctl(daemon.path(), {"latency", "lag"}).code, kUsage);
  EXPECT_TRUE(std::regex_search(weirctl(daemon.path(), {"latency", "request", "-n"}).out,
                                std::regex("2000 +30 +75")));
}

TEST(Weirctl, ExplainsADrop) {
  FakeDaemon daemon;
  const Outcome outcome = weirctl(daemon.path(), {"drops", "--explain", "ip_bad_checksum"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_NE(outcome.out.find("total 14"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("fix "), std::string::npos);
}

TEST(Weirctl, PointsAtTheMistakeInAFilter) {
  FakeDaemon daemon;
  const Outcome outcome = weirctl(daemon.path(), {"flows", "state", "open"});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_NE(outcome.err.find("\n  state open\n        ^"), std::string::npos) << outcome.err;
  EXPECT_EQ(weirctl(daemon.path(), {"drops", "--explain", "nonsense"}).code, kUsage);
  const Outcome json = weirctl(daemon.path(), {"-j", "flows", "nonsense"});
  EXPECT_EQ(Json::parse(json.err)["error"]["code"], "bad_argument");
  EXPECT_EQ(json.out, "");
}

TEST(Weirctl, ExitsWith2ForABadCommandLine) {
  const std::vector<std::string> cases[] = {{"nonsense"},
                                            {"--nonsense"},
                                            {"-x"},
                                            {"workers", "x"},
                                            {"ports", "a", "b"},
                                            {"flows", "--limit"},
                                            {"flows", "--limit", "x"},
                                            {"--color", "sometimes"},
                                            {"--timeout", "-1"},
                                            {"status", "--explain", "x"},
                                            {"help", "nonsense"},
                                            {"status", "--json=yes"}};
  for (const auto& arguments : cases) {
    EXPECT_EQ(weirctl("/nonexistent", arguments).code, kUsage) << arguments[0];
  }
}

TEST(Weirctl, ExitsWith3WhenNothingRuns) {
  TemporaryDirectory directory;
  EXPECT_EQ(weirctl(directory.path() + "/none", {"status"}).code, kNotRunning);
  const Outcome json = weirctl(directory.path() + "/none", {"status", "--json"});
  EXPECT_EQ(Json::parse(json.err)["error"]["code"], "not_running");
}

TEST(Weirctl, ExitsWith4WithoutPermission) {
  FakeDaemon daemon;
  ASSERT_EQ(chmod(daemon.path().c_str(), 0), 0);
  // Root may connect to everything, so somebody else tries.
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(99);
    _exit(weirctl(daemon.path(), {"status"}).code);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), kNoPermission);
}

TEST(Weirctl, ExitsWith5WhenTheDaemonIsStuck) {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/s";
  const auto stuck = ControlSocket::open({path, ""});  // listens, and nobody accepts
  ASSERT_TRUE(stuck.ok());
  EXPECT_EQ(weirctl(path, {"status", "--timeout", "0.05"}).code, kTimeout);
}

TEST(Weirctl, SaysOfWhatItGaveUpWaitingForThatItMayStillHappen) {
  TemporaryDirectory directory;
  const auto stuck = ControlSocket::open({directory.path() + "/s", ""});
  ASSERT_TRUE(stuck.ok());
  const auto words_of = [&](const std::vector<std::string>& command) {
    std::vector<std::string> arguments{"--timeout", "0.05"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    return weirctl(directory.path() + "/s", arguments).err;
  };
  EXPECT_NE(words_of({"reload"}).find("the reload may still take effect"), std::string::npos);
  EXPECT_NE(words_of({"flows", "kill", "all"}).find("may still be ended"), std::string::npos);
  EXPECT_EQ(words_of({"status"}), "weirctl: weir does not answer in time (--timeout SEC)\n");
}

TEST(Weirctl, ExitsWith1ForASoundRequestThatCannotBeDoneNow) {
  FakeDaemon daemon;
  daemon.engine.drain_refusal = "a worker missed an earlier change";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"drain", "web"}, {"reload"}, {"confirm"}}) {
    const Outcome outcome = weirctl(daemon.path(), command);
    EXPECT_EQ(outcome.code, kRefused) << command.front() << ": " << outcome.err;
  }
  EXPECT_EQ(weirctl(daemon.path(), {"drain", "wbe"}).code, kUsage);
}

TEST(Weirctl, ExitsWith1WhenTheDaemonRefuses) {
  TemporaryDirectory directory;
  const auto socket = ControlSocket::open({directory.path() + "/s", ""});
  ASSERT_TRUE(socket.ok());
  std::atomic<bool> stop{false};
  std::thread daemon([&] {
    ControlServer server(socket.value(), [](std::string_view) {
      return Reply{error_reply("busy", "not now"), nullptr};
    });
    while (!stop) server.serve(std::chrono::steady_clock::now());
  });
  const Outcome outcome = weirctl(directory.path() + "/s", {"status"});
  stop = true;
  daemon.join();
  EXPECT_EQ(outcome.code, kRefused);
  EXPECT_EQ(outcome.err, "weirctl: not now\n");
}

}  // namespace
}  // namespace weir::ctl
