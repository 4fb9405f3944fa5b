// What weirctl does beyond asking and showing: ending, watching, remembering, packing, comparing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <set>

#include <fstream>
#include <functional>
#include <future>
#include <regex>
#include <sstream>

#include "ctl/effective_config.hpp"
#include "ctl/run.hpp"
#include "ctl/session.hpp"
#include "fake_daemon.hpp"
#include "support/run_program.hpp"

namespace weir::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Front : testing::Test {
  struct Outcome {
    int code;
    std::string out, err;
  };
  Outcome weirctl(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    const int code = run(arguments, around, out, err);
    return {code, out.str(), err.str()};
  }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = directory.path() + "/" + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), 0755);
    return path;
  }
  /// In the place of weir -t and -T.
  void daemon_program(const std::string& script) {
    around.daemon = write("weir", "#!/bin/sh\n" + script);
  }

  TemporaryDirectory directory;
  FakeDaemon daemon{10};
  Surroundings around = [this] {
    Surroundings s;
    s.socket = daemon.path();
    s.state_directory = directory.path() + "/state/weir";
    return s;
  }();
};

TEST_F(Front, KillsFlows) {
  EXPECT_EQ(weirctl({"flows", "kill", "sport", "<", ":1028"}).out, "4 connections ended\n");
  EXPECT_EQ(weirctl({"flows", "kill", "--rst", "sport", ":1028"}).out, "1 connection ended\n");
  EXPECT_EQ(Json::parse(weirctl({"flows", "kill", "all", "-j"}).out)["killed"], 5);
  EXPECT_EQ(weirctl({"flows", "kill"}).code, kUsage);
  EXPECT_THAT(weirctl({"flows", "kill", "sprt", ":1"}).err, HasSubstr("\n  sprt :1\n  ^\n"));
}

TEST_F(Front, KillFailsWhenAWorkerIsSilent) {
  daemon.engine.answers = false;
  EXPECT_EQ(weirctl({"flows", "kill", "all"}).code, kRefused);
}

TEST_F(Front, IsQuietWhenAsked) {
  const Outcome quiet = weirctl({"-q", "status"});
  EXPECT_EQ(quiet.code, kDone);
  EXPECT_EQ(quiet.out, "");
  EXPECT_THAT(weirctl({"-q", "ports", "nonsense"}).err, Not(IsEmpty()));
}

TEST_F(Front, WatchesACommand) {
  const Outcome twice = weirctl({"watch", "-c", "2", "-W", "0.01", "neigh"});
  EXPECT_EQ(twice.code, kDone);
  EXPECT_EQ(twice.out, weirctl({"neigh"}).out + weirctl({"neigh"}).out);
  EXPECT_EQ(weirctl({"watch", "-j", "-c", "3", "-W", "0.01", "version"}).out.find("{\"schema"), 0U);
  around.terminal = true;
  EXPECT_THAT(weirctl({"watch", "-c", "1", "neigh"}).out, HasSubstr("\x1b[H")) << "painted anew";
}

TEST_F(Front, WatchEndsWhenItsCommandFails) {
  EXPECT_EQ(weirctl({"watch", "-c", "9", "-W", "0.01", "ports", "nonsense"}).code, kUsage);
  EXPECT_EQ(weirctl({"watch", "nonsense"}).code, kUsage);
  EXPECT_EQ(weirctl({"watch", "shell"}).code, kUsage);
  around.socket = directory.path() + "/none";
  EXPECT_EQ(weirctl({"watch", "-c", "9", "-W", "0.01", "status"}).code, kNotRunning);
}

TEST_F(Front, RemembersABaselineOfTheCounters) {
  daemon.engine.writable(0).mib.add(Mib::TcpInSegs, 5);
  EXPECT_EQ(weirctl({"stats", "--reset"}).code, kDone);
  EXPECT_THAT(weirctl({"stats", "tcp"}).out, HasSubstr("all of these counters are zero"));
  daemon.engine.writable(0).mib.add(Mib::TcpInSegs, 2);
  EXPECT_TRUE(std::regex_search(weirctl({"stats", "tcp"}).out, std::regex("TcpInSegs +2\n")));
  EXPECT_TRUE(
      std::regex_search(weirctl({"stats", "tcp", "--absolute"}).out, std::regex("TcpInSegs +7\n")));
  EXPECT_EQ(Json::parse(weirctl({"stats", "-j"}).out)["mib"]["TcpInSegs"], 7);
}

TEST_F(Front, RemembersABaselineOfTheTimes) {
  const auto handshakes = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"latency", "handshake"});
    const std::string out = weirctl(more).out;
    std::smatch count;
    EXPECT_TRUE(std::regex_search(out, count, std::regex("handshake +web +([0-9]+)"))) << out;
    return count[1].str();
  };
  daemon.engine.writable(0).of_service(0).handshake.record(10ms, 5);
  daemon.engine.writable(1).of_service(0).handshake.record(10ms, 2);
  daemon.engine.writable(1).loop.record(4us);
  EXPECT_EQ(handshakes({}), "7");
  EXPECT_EQ(weirctl({"latency", "--reset"}).code, kDone);
  EXPECT_EQ(handshakes({}), "0");
  daemon.engine.writable(1).of_service(0).handshake.record(10ms, 3);
  EXPECT_EQ(handshakes({}), "3");
  EXPECT_EQ(handshakes({"--absolute"}), "10");
  EXPECT_THAT(weirctl({"latency"}).out, HasSubstr("counted since --reset"));
  daemon.engine.writable(0).loop.record(4us);
  const std::string loops = weirctl({"latency", "loop", "--worker"}).out;
  EXPECT_TRUE(std::regex_search(loops, std::regex("loop +worker 0 +1 "))) << loops;
  EXPECT_TRUE(std::regex_search(loops, std::regex("loop +worker 1 +0 "))) << loops;
}

TEST_F(Front, ForgetsTheBaselineOfAnotherStart) {
  EXPECT_EQ(weirctl({"stats", "--reset"}).code, kDone);
  const std::string file = around.state_directory + "/stats" +
                           std::regex_replace(daemon.path(), std::regex("/"), "%") + ".json";
  std::ifstream in(file);
  Json saved = Json::parse(in);
  saved["started_ns"] = 1;
  std::ofstream(file) << saved;
  EXPECT_THAT(weirctl({"stats"}).out, Not(HasSubstr("since --reset")));
  around.state_directory.clear();
  EXPECT_EQ(weirctl({"stats", "--reset"}).code, kRefused);
}

TEST_F(Front, ShowsRatesOfAnInterval) {
  const Outcome rates = weirctl({"stats", "--rate", "0.05", "--json"});
  const Json json = Json::parse(rates.out);
  EXPECT_EQ(json["schema"], "weir.stats_rate.v1");
  EXPECT_GE(json["seconds"].get<double>(), 0.04);
  EXPECT_EQ(json["totals"]["received"], 0.0) << "nothing moves in the fake engine";
  EXPECT_THAT(weirctl({"stats", "--rate", "0.01", "-a"}).out, HasSubstr("PER SECOND"));
  EXPECT_THAT(weirctl({"stats", "stages"}).out, HasSubstr("transmit"));
}

TEST_F(Front, ShowsDropsThatOccurNow) {
  EXPECT_EQ(weirctl({"drops", "--rate"}).out, "nothing is being dropped\n");
}

TEST_F(Front, ShowsMoreOfAPort) {
  EXPECT_THAT(weirctl({"ports", "-s"}).out, HasSubstr("last packet"));
  EXPECT_THAT(weirctl({"ports", "p0", "-v"}).out, HasSubstr("offloads used:"));
}

TEST_F(Front, ShowsTheLogAndChangesItsLevel) {
  testing::internal::CaptureStderr();
  daemon.log.write(LogEvent::stop_failed, {{"of", "two \"words\""}, {"cpu", 3}},
                   "something happened");
  (void)testing::internal::GetCapturedStderr();
  EXPECT_THAT(
      weirctl({"log"}).out,
      HasSubstr(
          "error sub=weir something happened event=stop_failed of=\"two \\\"words\\\"\" cpu=3\n"));
  EXPECT_EQ(weirctl({"log", "--lines", "0"}).out, "");
  EXPECT_EQ(weirctl({"log", "--level", "error,eal=error"}).out, "log level: error,eal=error\n");
  EXPECT_EQ(weirctl({"log", "--level", "loud"}).code, kUsage);
}

TEST_F(Front, ChecksAFileWithTheDaemonsOwnEyes) {
  daemon_program("echo \"$@\"; echo 'weir.conf:12: error: bad thing'; exit 78\n");
  const Outcome bad = weirctl({"config", "check", "some.conf"});
  EXPECT_EQ(bad.code, kRefused);
  EXPECT_EQ(bad.out, "-t -c some.conf\nweir.conf:12: error: bad thing\n");
  const Json json = Json::parse(weirctl({"config", "check", "-j"}).out);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["problems"][0]["line"], 12);
  EXPECT_EQ(json["problems"][0]["message"], "bad thing");
  daemon_program("echo ok\n");
  EXPECT_EQ(weirctl({"config", "check"}).code, kDone);
  around.daemon = directory.path() + "/nothing";
  EXPECT_THAT(weirctl({"config", "check"}).err, HasSubstr("cannot run"));
}

TEST_F(Front, TheDoctorIsLedToTheDaemonThatRuns) {
  daemon_program("echo \"$@\"\n");
  EXPECT_EQ(weirctl({"doctor", "--explain", "HP01"}).out, "doctor --explain HP01\n");
  EXPECT_EQ(weirctl({"doctor", "--live", "-j"}).out,
            "doctor --live --socket " + around.socket + " --json\n");
  around.socket = directory.path() + "/none";
  const Outcome nobody = weirctl({"doctor", "--live"});
  EXPECT_EQ(nobody.code, kNotRunning);
  EXPECT_EQ(nobody.out, "");
}

TEST_F(Front, ComparesWhatRunsWithTheFile) {
  daemon_program("echo '[workers]'\n");  // as the fake daemon says of itself
  EXPECT_EQ(weirctl({"config", "diff"}).out, "no difference\n");
  EXPECT_EQ(weirctl({"config", "diff"}).code, kDone);
  daemon_program("printf '[workers]\\ncpus = 2-5  # weir.conf:3\\n'\n");
  const Outcome differs = weirctl({"config", "diff"});
  EXPECT_EQ(differs.code, kRefused);
  EXPECT_EQ(differs.out, "[workers] cpus\n  running  nothing\n  file     2-5 (weir.conf:3)\n");
  EXPECT_EQ(Json::parse(weirctl({"config", "diff", "-j"}).out)["differences"][0]["key"], "cpus");
  daemon_program("echo 'x:1: error: no'; exit 78\n");
  EXPECT_THAT(weirctl({"config", "diff", "-c", "x"}).err, HasSubstr("x:1: error: no"));
}

/// Whether `drain --wait` beside us has begun, within many looks.
bool drains(const std::function<std::string()>& services) {
  for (int look = 0; look < 100'000; ++look) {
    if (services().find("draining") != std::string::npos) return true;
  }
  return false;
}

TEST_F(Front, DrainsServicesByName) {
  const Outcome unknown = weirctl({"drain", "nosuch"});
  EXPECT_EQ(unknown.code, kUsage);
  EXPECT_THAT(unknown.err, HasSubstr("there is no service 'nosuch'"));
  EXPECT_THAT(weirctl({"drain"}).out, HasSubstr("no new connections"));
  EXPECT_THAT(weirctl({"services"}).out, HasSubstr("draining"));
  daemon.engine.writable(0).services[0].connections.add();
  const Outcome late = weirctl({"drain", "--wait", "0.1s"});
  EXPECT_EQ(late.code, kNotDrained) << "the fake's connections never end: " << late.out;
  EXPECT_THAT(weirctl({"undrain"}).out, HasSubstr("serving"));
  EXPECT_THAT(weirctl({"services"}).out, Not(HasSubstr("draining")));
}

TEST_F(Front, ADrainThatSomebodyElseEndsStaysEnded) {
  daemon.engine.writable(0).services[0].connections.add();
  auto waits = std::async(std::launch::async, [&] { return weirctl({"drain", "--wait", "600s"}); });
  ASSERT_TRUE(drains([&] { return weirctl({"services"}).out; }));
  EXPECT_THAT(weirctl({"undrain"}).out, HasSubstr("serving"));
  const Outcome ended = waits.get();
  EXPECT_EQ(ended.code, kNotDrained);
  EXPECT_THAT(ended.err, HasSubstr("serves again: somebody ended the drain"));
  EXPECT_THAT(weirctl({"services"}).out, Not(HasSubstr("draining")));
}

TEST_F(Front, WaitsUntilTheLastConnectionIsGone) {
  auto& connections = daemon.engine.writable(0).services[0].connections;
  connections.add();
  auto waits = std::async(std::launch::async, [&] { return weirctl({"drain", "--wait", "600s"}); });
  ASSERT_TRUE(drains([&] { return weirctl({"services"}).out; }));
  connections.set(0);
  const Outcome done = waits.get();
  EXPECT_EQ(done.code, kDone) << done.err;
  EXPECT_THAT(done.out, HasSubstr("0 left after"));
}

TEST_F(Front, ASynThatADrainRefusedIsExplained) {
  daemon.engine.writable(0).refused[index(Drop::tcp_draining)].add(3);
  EXPECT_THAT(weirctl({"drops", "--explain", "tcp_draining"}).out,
              AllOf(HasSubstr("answered for this reason 3"), HasSubstr("a service that drains"),
                    HasSubstr("'weirctl undrain'")));
}

TEST_F(Front, ReloadNeedsADaemonWithFiles) {
  EXPECT_THAT(weirctl({"reload", "--dry-run"}).err, HasSubstr("no files to read again"));
  EXPECT_EQ(weirctl({"reload", "--confirm", "soon"}).code, kUsage);
}

TEST_F(Front, ShowsItsOwnVersionWithoutADaemon) {
  around.socket = directory.path() + "/none";
  const Outcome outcome = weirctl({"version"});
  EXPECT_EQ(outcome.code, kNotRunning);
  EXPECT_THAT(outcome.out, HasSubstr("weirctl "));
}

TEST_F(Front, PacksEverythingForThoseWhoHelp) {
  daemon_program("echo '[workers]'\n");
  const std::string file = directory.path() + "/s.tar.gz";
  const Outcome outcome = weirctl({"support", "-o", file});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  const std::string list = run_program("tar -tzf " + file).out;
  const std::set<std::string_view> others{"help", "config check", "reload", "confirm", "undrain"};
  for (const Command& command : commands()) {
    const bool shows = !command.streams && command.words.count != Count::some &&
                       command.words.count != Count::one && others.count(command.name) == 0;
    std::string name(command.name);
    std::ranges::replace(name, ' ', '-');
    for (const char* kind : {".txt", ".json"}) {
      EXPECT_EQ(list.find("/" + name + kind + "\n") != std::string::npos, shows) << name;
    }
  }
  EXPECT_THAT(run_program("tar -xOzf " + file + " --wildcards '*/status.txt'").out,
              HasSubstr("weir 0.1.0"));
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(weirctl({"support", "-o", "/nonexistent/x"}).code, kRefused);
}

TEST_F(Front, PagesWhatIsLongerThanTheTerminal) {
  const std::string paged = directory.path() + "/paged";
  around.terminal = true;
  around.rows = 5;
  around.pager = "cat > " + paged;
  EXPECT_EQ(weirctl({"help"}).out, "");
  std::ifstream in(paged);
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(in), {}), HasSubstr("Commands:"));
  EXPECT_THAT(weirctl({"help", "--no-pager"}).out, HasSubstr("Commands:"));
  around.pager = "no-such-pager 2>/dev/null";
  EXPECT_THAT(weirctl({"help"}).out, HasSubstr("Commands:"));
}

TEST_F(Front, ShellReadsLinesFromAPipe) {
  const std::string program = WEIRCTL_PROGRAM;
  const std::string command = " | " + program + " -S " + daemon.path() + " shell 2>&1";
  const ProgramOutcome two =
      run_program("printf 'neigh\\n# no\\n\\nflows sport \":1024\"\\nexit\\nstatus\\n'" + command);
  EXPECT_EQ(two.code, 0);
  EXPECT_EQ(two.out, weirctl({"neigh"}).out + weirctl({"flows", "sport", ":1024"}).out);
  EXPECT_EQ(run_program("echo nonsense" + command).code, kUsage);
  EXPECT_THAT(run_program("printf '%s' \"flows '\"" + command).out, HasSubstr("quote"));
}

TEST(EffectiveConfig, IsReadBack) {
  const auto keys = parse_effective(
      "[port wan]\naddress         = 192.0.2.1/24             # weir.conf:3\n"
      "address         = 2001:db8::1/64           # weir.conf:4\nvlan            =  # default\n");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].section, "[port wan]");
  EXPECT_THAT(keys[0].values, ElementsAre("192.0.2.1/24", "2001:db8::1/64"));
  EXPECT_THAT(keys[1].origins, ElementsAre("default"));
  EXPECT_THAT(keys[1].values, ElementsAre(""));
}

TEST(EffectiveConfig, ASectionThatOneSideHasAloneIsOneDifference) {
  const std::string web =
      "[service web]\nlisten = :80/tcp # weir.conf:3\nbacklog = 1024 # default\n";
  const std::string dns =
      "[service dns]\nlisten = :53/udp # weir.conf:7\nbacklog = 1024 # default\n";
  const Comparison added = compare(web, web + dns);
  ASSERT_EQ(added.sections.size(), 1U);
  EXPECT_TRUE(added.keys.empty());
  EXPECT_EQ(added.sections[0].section, "[service dns]");
  EXPECT_TRUE(added.sections[0].in_file);
  ASSERT_EQ(added.sections[0].said.size(), 1U) << "what is at its default says nothing";
  EXPECT_EQ(added.sections[0].said[0].key, "listen");
  const Comparison removed = compare(web + dns, web);
  EXPECT_FALSE(removed.sections.at(0).in_file);
  EXPECT_TRUE(compare(web + dns, dns + web).is_equal()) << "in whatever order";
}

TEST_F(Front, ComparesServicesAsAWhole) {
  daemon_program(
      "printf '[workers]\\n[service dns]\\nlisten = :53 # weir.conf:7\\n"
      "nagle = on # default\\n'\n");
  EXPECT_EQ(weirctl({"config", "diff"}).out,
            "[service dns] is only in the file\n  listen          = :53 (weir.conf:7)\n");
  const Json json = Json::parse(weirctl({"config", "diff", "-j"}).out);
  EXPECT_EQ(json["sections"], (Json{{{"section", "[service dns]"}, {"only_in", "file"}}}));
  ASSERT_EQ(json["differences"].size(), 1U);
  EXPECT_EQ(json["differences"][0]["file"], Json{":53"});
  EXPECT_EQ(json["differences"][0]["running"], Json::array());
}

TEST(EffectiveConfig, HidesSecrets) {
  EXPECT_EQ(masked("[cluster]\ncookie-key-file = /etc/k # x\npeers = a\n"),
            "[cluster]\ncookie-key-file = ********\npeers = a\n");
}

}  // namespace
}  // namespace weir::ctl
