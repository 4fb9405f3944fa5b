// The checks of a running weir, against made-up answers and a made-up /proc at two moments.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "doctor/command.hpp"
#include "doctor/live.hpp"
#include "doctor/report.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Says what the test wants; a command without an answer is refused.
class MadeUpDaemon final : public Daemon {
 public:
  std::map<std::string, Json, std::less<>> answers;
  Json arping = {{"asked", 2}, {"answered", 2}};
  std::string arping_refusal;  ///< empty: it is answered
  std::vector<std::string> asked_gateways;

  Result<std::vector<Json>> ask(std::string_view command, const Json& args, Until until) override {
    if (command == "arping") {
      EXPECT_EQ(until, Until::end);
      asked_gateways.push_back(args.at("address"));
      if (!arping_refusal.empty()) return Error{arping_refusal};
      return std::vector<Json>{{{"address", args.at("address")}}, {{"sequence", 1}}, arping};
    }
    const auto found = answers.find(command);
    if (found == answers.end()) return Error{"no such command"};
    return std::vector<Json>{found->second};
  }
};

/// Well: one worker on CPU 1, whose port "wan" has a link and a gateway that answers.
class Running : public Machine {
 public:
  Running() {
    daemon.answers["version"] = {{"pid", 700}};
    daemon.answers["workers"] = {{"now_ns", 0}, {"workers", {{{"worker", 0}, {"cpu", 1}}}}};
    daemon.answers["ports"] = {
        {"ports",
         {{{"name", "wan"},
           {"device", "0000:03:00.0"},
           {"driver", "net_ice"},
           {"mac", "02:00:00:00:00:01"},
           {"mtu", 1500},
           {"vlan", 0},
           {"gateways", {"192.0.2.1"}},
           {"link", {{"up", true}, {"full_duplex", true}, {"speed_bps", 25'000'000'000}}},
           {"rx", {{"packets", 9}, {"errors", 0}}},
           {"tx", {{"packets", 9}}}}}}};
    daemon.answers["drops"] = {{"drops", Json::array()}};
    daemon.answers["refused"] = {{"aims", Json::array()}};
    daemon.answers["stats"] = {{"mib", {{"TcpPathMtuReductions", 0}}}};
    task("700", "700", "weir", 0, 1'000'000, 0);
    task("700", "701", "weir-w0", 1, 5'000'000'000, 0);
    write("/proc/interrupts",
          "      CPU0 CPU1\n 24:  500  10  PCI-MSI-edge nvme0q1\nLOC: 9 9 timers\n");
  }

  /// A thread that last ran on that CPU.
  void task(const std::string& pid, const std::string& tid, std::string_view name, unsigned cpu,
            std::uint64_t ran_ns, std::uint64_t waited_ns, unsigned parent = 1) const {
    const std::string directory = "/proc/" + pid + "/task/" + tid;
    std::string stat = fmt::format("{} ({}) R {}", tid, name, parent);
    for (int field = 5; field <= 52; ++field) stat += field == 39 ? fmt::format(" {}", cpu) : " 0";
    write(directory + "/stat", stat + "\n");
    write(directory + "/comm", fmt::format("{}\n", name));
    write(directory + "/schedstat", fmt::format("{} {} 7\n", ran_ns, waited_ns));
  }
  Json& port() { return daemon.answers["ports"]["ports"][0]; }
  void drops(std::string_view reason, unsigned count) {
    daemon.answers["drops"]["drops"] = Json::array({{{"reason", reason}, {"count", count}}});
  }
  void refuses(std::string_view reason, const Json& members = Json::object()) {
    Json aim = {{"reason", reason}, {"port", "wan"},      {"mac", "02:00:00:00:00:01"},
                {"vlan", 0},        {"address", nullptr}, {"frames", 12},
                {"longest", 60}};
    aim.update(members);
    daemon.answers["refused"]["aims"].push_back(aim);
  }

  /// What becomes of the second between the two looks.
  std::function<void()> meanwhile = [] {};

  Result<LiveReading> reading() {
    daemon.answers["workers"]["now_ns"] = 5'000'000'000;
    return read_live(daemon, env, [&] {
      daemon.answers["workers"]["now_ns"] = 6'000'000'000;
      meanwhile();
    });
  }
  /// "warn: what; fix" a line for each finding of that check.
  std::string verdicts(std::string_view id) {
    const auto seen = reading();
    if (!seen) return seen.error().message;
    std::string text;
    for (const Diagnosis& each :
         doctor::examine(LiveSubject{env, seen.value()}, *check_named(id))) {
      static constexpr std::string_view kWords[] = {"ok", "warn", "FAIL", "skip"};
      text += fmt::format("{}{}: {}", text.empty() ? "" : "\n",
                          kWords[static_cast<std::size_t>(each.finding.state)],
                          to_sentence(each.finding));
    }
    return text;
  }

  MadeUpDaemon daemon;
};

TEST(Nic10, ALinkIsUpOrDownOrComesAndGoes) {
  Running weir;
  EXPECT_EQ(weir.verdicts("NIC10"), "ok: port wan: link up, 25 Gb/s");
  weir.port()["link"]["full_duplex"] = false;
  EXPECT_THAT(weir.verdicts("NIC10"), StartsWith("warn: port wan: the link is half duplex"));
  weir.port()["link"]["up"] = false;
  EXPECT_EQ(weir.verdicts("NIC10"),
            "FAIL: port wan: no link: nothing can arrive or leave; cable, switch port (is it shut "
            "down?), SFP module");
  weir.meanwhile = [&] { weir.port()["link"]["up"] = true; };
  EXPECT_THAT(weir.verdicts("NIC10"), HasSubstr("may come and go"));
}

TEST(Nic10, AnInterfaceOfTheKernelHasALine) {
  Running weir;
  weir.port()["link"]["up"] = false;
  weir.port()["device"] = "net_tap0,iface=weir0";
  EXPECT_THAT(weir.verdicts("NIC10"),
              HasSubstr("; ip link set weir0 up   (in the network namespace"));
  weir.port()["device"] = nullptr;
  EXPECT_THAT(weir.verdicts("NIC10"), HasSubstr("cable")) << "a daemon that cannot tell";
}

TEST(Nic11, OnlyAVirtualFunctionNeedsTrust) {
  Running weir;
  EXPECT_EQ(weir.verdicts("NIC11"), "skip: port wan: no virtual function");
  weir.port()["driver"] = "net_iavf";
  EXPECT_EQ(weir.verdicts("NIC11"), "ok: port wan: a virtual function that sends and receives");
  weir.port()["rx"]["packets"] = 0;
  EXPECT_THAT(weir.verdicts("NIC11"),
              AllOf(StartsWith("FAIL: port wan: a virtual function that has sent 9 frames and "
                               "received none"),
                    HasSubstr("on the host: ip link set NAME vf N trust on spoofchk off")));
}

TEST(Nic11, TheHostsLineIsWholeWhereTheHostIsSeen) {
  Running weir;
  const std::string pci = "/sys/bus/pci/devices/";
  weir.add_nic("0000:01:00.1", "0x8086", "0x1521", "igb", "ens1f0");
  weir.link(pci + "0000:03:00.0/physfn", "../0000:01:00.1");
  weir.link(pci + "0000:01:00.1/virtfn3", "../0000:03:00.0");
  weir.daemon.arping["answered"] = 0;
  EXPECT_THAT(weir.verdicts("NIC11"),
              AllOf(StartsWith("warn: port wan: a virtual function that receives, but"),
                    HasSubstr("ip link set ens1f0 vf 3 trust on spoofchk off")));
}

TEST(Cpu04Live, WorkersAloneAreWell) {
  Running weir;
  weir.task("812", "812", "stress", 0, 0, 0);
  weir.meanwhile = [&] { weir.task("812", "812", "stress", 0, 900'000'000, 0); };
  EXPECT_EQ(weir.verdicts("CPU04"), "ok: workers have CPU 1 to themselves") << "CPU 0 is nobody's";
}

TEST(Cpu04Live, ATaskThatTakesTheCpuIsNamedWithTheLineThatMovesIt) {
  Running weir;
  weir.task("812", "815", "a (nasty) name", 1, 0, 0);
  weir.meanwhile = [&] {
    weir.task("812", "815", "a (nasty) name", 1, 430'000'000, 0);
    weir.task("700", "701", "weir-w0", 1, 5'570'000'000, 420'000'000);
  };
  EXPECT_EQ(weir.verdicts("CPU04"),
            "warn: worker 0 waited 42 % of the time for CPU 1: pid 812 (a) had 43 % of it; taskset "
            "-apc 0,2-7 812   (for ever: isolcpus=1 on the kernel's command line, or CPUAffinity= "
            "of the units that are not weir's)");
}

TEST(Cpu04Live, WhoIsNotSeenIsToldOfAndTheKernelIsNotMoved) {
  Running weir;
  weir.meanwhile = [&] { weir.task("700", "701", "weir-w0", 1, 5'500'000'000, 500'000'000); };
  EXPECT_THAT(weir.verdicts("CPU04"), HasSubstr("somebody has it who cannot be seen from here"));
  weir.task("30", "30", "kworker/1:1", 1, 0, 0, 2);
  weir.meanwhile = [&] { weir.task("30", "30", "kworker/1:1", 1, 100'000'000, 0, 2); };
  EXPECT_THAT(
      weir.verdicts("CPU04"),
      AllOf(StartsWith("warn: CPU 1 is worker 0's, but pid 30 (kworker/1:1) had 10 % of it"),
            Not(HasSubstr("taskset"))));
}

TEST(Cpu04Live, WeirsOwnThreadsAreNotMovedForTheWorkersWouldMoveWithThem) {
  Running weir;
  weir.task("700", "700", "weir", 1, 0, 0);
  weir.task("812", "812", "stress", 1, 0, 0);
  weir.meanwhile = [&] { weir.task("700", "700", "weir", 1, 50'000'000, 0); };
  EXPECT_EQ(weir.verdicts("CPU04"),
            "warn: CPU 1 is worker 0's, but pid 700 (weir) had 5 % of it; [workers] cpus: leave "
            "one of weir's CPUs to its other threads, or give it more");
  weir.meanwhile = [&] {
    weir.task("700", "700", "weir", 1, 100'000'000, 0);
    weir.task("812", "812", "stress", 1, 30'000'000, 0);
  };
  EXPECT_THAT(weir.verdicts("CPU04"), HasSubstr("; taskset -apc 0,2-7 812   ("));
}

TEST(Cpu04Live, TheThreeGreatestAreEnough) {
  Running weir;
  const auto run = [&](unsigned ms) {
    for (unsigned i = 1; i <= 5; ++i) {
      const std::string pid = std::to_string(800 + i);
      weir.task(pid, pid, "make", 1, std::uint64_t{ms} * i * 1'000'000, 0);
    }
  };
  run(0);
  weir.meanwhile = [&] { run(30); };
  EXPECT_THAT(weir.verdicts("CPU04"),
              StartsWith("warn: CPU 1 is worker 0's, but pid 805 (make) had 15 % of it, pid 804 "
                         "(make) had 12 % of it, pid 803 (make) had 9 % of it, and 2 others; "));
}

TEST(Cpu04Live, WhoCameFromElsewhereIsNotChargedWithWhatHeDidThere) {
  Running weir;
  weir.task("812", "812", "stress", 0, 0, 0);
  weir.meanwhile = [&] { weir.task("812", "812", "stress", 1, 900'000'000, 0); };
  EXPECT_THAT(weir.verdicts("CPU04"), StartsWith("ok: "));
}

TEST(Cpu04Live, InterruptsOfADeviceAreSentElsewhere) {
  Running weir;
  weir.meanwhile = [&] {
    weir.write("/proc/interrupts",
               "      CPU0 CPU1\n 24:  500  1210  PCI-MSI-edge nvme0q1\nLOC: 9 9999 timers\n");
  };
  EXPECT_THAT(weir.verdicts("CPU04"),
              AllOf(StartsWith("warn: interrupt 24 (nvme0q1) comes 1200 times a second to CPU 1 of "
                               "worker 0; echo 0,2-7 > /proc/irq/24/smp_affinity_list")));
}

TEST(Cpu04Live, AnotherPidNamespaceHidesTheThreads) {
  Running weir;
  weir.remove("/proc/700");
  EXPECT_THAT(weir.verdicts("CPU04"), StartsWith("skip: the workers' threads cannot be seen"));
}

TEST(Net01, EachGatewayIsAsked) {
  Running weir;
  weir.port()["gateways"] = {"192.0.2.1", "2001:db8::1"};
  EXPECT_EQ(weir.verdicts("NET01"),
            "ok: port wan: gateway 192.0.2.1 answers\nok: port wan: gateway 2001:db8::1 answers");
  EXPECT_EQ(weir.daemon.asked_gateways, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  weir.port()["gateways"] = Json::array();
  EXPECT_EQ(weir.verdicts("NET01"), "ok: no gateway is set: only the link's own hosts are reached");
}

TEST(Net01, SilenceIsAFailureAndHalfAnAnswerAWarning) {
  Running weir;
  weir.daemon.arping["answered"] = 0;
  EXPECT_THAT(
      weir.verdicts("NET01"),
      AllOf(StartsWith("FAIL: port wan: gateway 192.0.2.1 has not answered 2 questions; the "
                       "link is up, 9 frames were received"),
            HasSubstr("weirctl arping 192.0.2.1")));
  weir.daemon.arping["answered"] = 1;
  EXPECT_THAT(weir.verdicts("NET01"),
              StartsWith("warn: port wan: gateway 192.0.2.1 answered 1 of 2 questions"));
}

TEST(Net01, APortThatCannotAskHidesNothingElse) {
  Running weir;
  weir.port()["driver"] = "net_iavf";
  weir.daemon.arping_refusal = "port wan has no IPv4 address in use";
  EXPECT_EQ(weir.verdicts("NET01"),
            "warn: port wan: gateway 192.0.2.1 could not be asked: port wan has no IPv4 address in "
            "use; mend that, then weirctl arping 192.0.2.1");
  EXPECT_THAT(weir.verdicts("NIC11"), StartsWith("ok: ")) << "who was not asked is not silent";
  weir.daemon.arping_refusal.clear();
  weir.daemon.arping = {{"asked", 2}, {"unsent", 2}, {"answered", 0}};
  EXPECT_THAT(weir.verdicts("NET01"), HasSubstr("could not be asked: weir could not send"));
}

TEST(Net01, RepliesWithoutAWayAreToldOf) {
  Running weir;
  weir.drops("neighbour_no_route", 5);
  EXPECT_THAT(weir.verdicts("NET01"), Not(HasSubstr("no way"))) << "that was long ago";
  weir.meanwhile = [&] { weir.drops("neighbour_no_route", 9); };
  EXPECT_THAT(weir.verdicts("NET01"), HasSubstr("warn: 4 replies just now had no way to go"));
  weir.meanwhile = [&] { weir.drops("neighbour_unresolved", 7); };
  EXPECT_THAT(weir.verdicts("NET01"), HasSubstr("warn: 7 replies just now went to hosts that are "
                                                "not there"));
}

TEST(Net02, AVlanIsNamedWithTheKeyThatTakesIt) {
  Running weir;
  EXPECT_EQ(weir.verdicts("NET02"), "ok: what arrived in the last minute was for us");
  weir.refuses("eth_vlan_unknown", {{"vlan", 30}});
  weir.refuses("eth_vlan_unknown", {{"vlan", 40}});
  EXPECT_EQ(weir.verdicts("NET02"),
            "warn: frames arrive that carry VLAN 30; port wan has no vlan; [port wan] vlan = 30")
      << "the most frequent is enough";
}

TEST(Net02, UntaggedFramesAtATaggedPort) {
  Running weir;
  weir.port()["vlan"] = 20;
  weir.refuses("eth_vlan_unknown");
  EXPECT_THAT(weir.verdicts("NET02"),
              StartsWith("warn: frames without a VLAN tag arrive; port wan has vlan = 20"));
}

TEST(Net02, AnotherAddressAndAnotherStation) {
  Running weir;
  weir.refuses("ip_not_ours", {{"address", "203.0.113.7"}});
  weir.refuses("eth_not_ours", {{"mac", "02:00:00:00:00:99"}});
  EXPECT_THAT(weir.verdicts("NET02"),
              AllOf(StartsWith("warn: packets arrive for 203.0.113.7, which is no address of port "
                               "wan; [port wan] address = 203.0.113.7/LENGTH"),
                    HasSubstr("\nwarn: frames arrive for 02:00:00:00:00:99; port wan is "
                              "02:00:00:00:00:01")));
}

TEST(Net02, StrayFramesAndGroupsAreNoMisconfiguration) {
  Running weir;
  weir.refuses("eth_not_ours", {{"mac", "02:00:00:00:00:99"}, {"frames", 2}});
  weir.refuses("ip_not_ours", {{"mac", "01:00:5e:00:00:fb"}, {"address", "224.0.0.251"}});
  weir.refuses("tcp_bad_ack");
  EXPECT_THAT(weir.verdicts("NET02"), StartsWith("ok: "));
}

TEST(Net03, LongFramesAreSeenByReasonOrByTheDriversErrors) {
  Running weir;
  EXPECT_EQ(weir.verdicts("NET03"), "ok: port wan: nothing is longer than mtu = 1500");
  weir.port()["rx"]["errors"] = 4;
  EXPECT_EQ(weir.verdicts("NET03"),
            "ok: port wan: nothing is longer than mtu = 1500; 4 damaged frames since the start");
  weir.meanwhile = [&] { weir.port()["rx"]["errors"] = 10; };
  EXPECT_THAT(
      weir.verdicts("NET03"),
      StartsWith("warn: port wan: 6 frames just now were damaged, or longer than mtu = 1500"));
  weir.refuses("eth_chained");
  EXPECT_THAT(weir.verdicts("NET03"),
              StartsWith("warn: port wan: frames arrive that are longer than mtu = 1500 allows; "
                         "[port wan] mtu = "));
}

TEST(Net03, NarrowPathsAreMentioned) {
  Running weir;
  weir.daemon.answers["stats"]["mib"]["TcpPathMtuReductions"] = 12;
  EXPECT_THAT(weir.verdicts("NET03"), EndsWith("ok: 12 connections had to send smaller segments: "
                                               "their paths carry less"));
}

TEST(Live, AnotherVersionsAnswersAreNoDisaster) {
  Running weir;
  weir.daemon.answers.erase("refused");
  EXPECT_EQ(weir.verdicts("NET02"), "no such command");
  weir.daemon.answers["refused"] = {{"frames", 1}};
  EXPECT_THAT(weir.verdicts("NET02"), StartsWith("skip: this weir does not tell"));
  weir.daemon.answers["version"] = Json::object();
  EXPECT_THAT(weir.verdicts("NIC10"), StartsWith("this weir's answers are not understood"));
}

TEST(Live, OnlyWhatARunningWeirKnowsIsReported) {
  Running weir;
  weir.port()["link"]["up"] = false;
  const auto seen = weir.reading();
  ASSERT_TRUE(seen) << seen.error().message;
  std::ostringstream out, err;
  EXPECT_EQ(run({}, LiveSubject{weir.env, seen.value()}, out, err), 1);
  EXPECT_THAT(out.str(), AllOf(StartsWith(" FAIL NIC10   port wan: no link"), HasSubstr("NET03"),
                               Not(HasSubstr("HP01")), HasSubstr("1 failure, 0 warnings.")));
  EXPECT_EQ(run({.explain = "hp01"}, LiveSubject{weir.env, seen.value()}, out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr(" skip HP01    a running weir knows no more of it\n"));
}

TEST(Live, WithoutADaemonThereIsASentence) {
  std::ostringstream out, err;
  EXPECT_EQ(run_live({}, "/nonexistent/weir.sock", out, err), 69);
  EXPECT_EQ(err.str(),
            "weir: weir is not running: /nonexistent/weir.sock: No such file or directory\n");
  EXPECT_EQ(run_live({}, std::string(200, 'x'), out, err), 69);
  EXPECT_THAT(err.str(), HasSubstr("File name too long"));
}

}  // namespace
}  // namespace weir::doctor::test
