// What is printed: lines, JSON, a script that a shell understands; ids that are unique and
// explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "doctor/command.hpp"
#include "doctor/report.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Said {
  int code;
  std::string out, err;
};

Said say(const Machine& machine, const Request& request) {
  std::ostringstream out, err;
  const int code = run(request, {machine.env, machine.config}, out, err);
  return {code, out.str(), err.str()};
}

void break_it(Machine& machine) {
  machine.add_nic("0000:03:00.0", "0x8086", "0x159b", "ice", "ens1f0");
  machine.config.workers.cpus = {2, 3};
}

TEST(Table, IdsAreUniqueAndSaySomething) {
  std::set<std::string_view> ids;
  for (const Check& check : checks()) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id;
    EXPECT_FALSE(check.title.empty() || check.why.empty() || check.cure.empty()) << check.id;
  }
  EXPECT_EQ(ids.size(), 41U);
  EXPECT_EQ(check_named("nic03"), check_named("NIC03"));
  EXPECT_EQ(check_named("NIC"), nullptr);
}

TEST(Report, ASoundMachineIsWell) {
  const Machine machine;
  const Said said = say(machine, {});
  EXPECT_EQ(said.code, 0) << said.out;
  EXPECT_THAT(said.out,
              AllOf(HasSubstr(" ok   HP01    hugepages: need "),
                    HasSubstr("\n ok   IOM02   port wan: IOMMU group 24: only this device\n"),
                    EndsWith("0 failures, 0 warnings.\n"), Not(HasSubstr("skip"))));
}

TEST(Report, WhatIsWrongHasItsFixBelow) {
  Machine machine;
  break_it(machine);
  const Said said = say(machine, {});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(
      said.out,
      AllOf(
          HasSubstr(" FAIL NIC03   port wan: 0000:03:00.0 is still used by the kernel (driver ice, "
                    "interface ens1f0)\n             fix: driverctl set-override 0000:03:00.0 "
                    "vfio-pci   (if nothing"),
          HasSubstr(" warn CPU04   workers on CPUs 2,3 share one core"),
          EndsWith("1 failure, 1 warning.  'weir doctor --explain NIC03' for more.\n")));
}

TEST(Report, AStartThatFailsSaysWhatWhyAndTheLineToType) {
  Machine machine;
  break_it(machine);
  const Diagnoses diagnoses = examine({machine.env, machine.config});
  EXPECT_EQ(exit_code(diagnoses), 69);
  const std::string text = failures_text(diagnoses);
  EXPECT_THAT(text, StartsWith(" FAIL NIC03   port wan: 0000:03:00.0 is still used by the kernel"));
  EXPECT_THAT(text, HasSubstr("\n             why: DPDK can have a NIC only when "));
  EXPECT_THAT(text, HasSubstr("\n             fix: driverctl set-override "));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("warn")), Not(HasSubstr(" ok "))));
}

TEST(Report, JsonNamesItsSchemaAndEveryCheck) {
  Machine machine;
  break_it(machine);
  const Said said = say(machine, {.json = true});
  EXPECT_EQ(said.code, 1);
  const Json json = Json::parse(said.out);
  EXPECT_EQ(json["schema"], "weir.doctor.v1");
  EXPECT_EQ(json["failures"], 1);
  EXPECT_EQ(json["warnings"], 1);
  std::set<std::string> ids, states;
  for (const Json& check : json["checks"]) {
    ids.insert(check["id"]);
    states.insert(check["state"]);
    EXPECT_TRUE(check["what"].is_string() && check["why"].is_string() &&
                check["title"].is_string());
    const bool unwell = check["state"] == "FAIL" || check["state"] == "warn";
    EXPECT_EQ(check.contains("fix"), unwell) << check;
    if (check["id"] == "NIC03") {
      EXPECT_EQ(check["fix"]["command"], "driverctl set-override 0000:03:00.0 vfio-pci");
    }
  }
  EXPECT_EQ(ids.size(), checks().size());
  EXPECT_EQ(states, (std::set<std::string>{"FAIL", "ok", "skip", "warn"}));
}

TEST(Report, TheScriptIsOneThatAShellUnderstandsAndHoldsTheCommands) {
  Machine machine;
  break_it(machine);
  machine.set_huge_pages(0, 0, 0);
  machine.set_huge_pages(1, 0, 0);
  machine.config.dpdk.eal_args = {"--huge-dir=/mnt/it's\n; echo no"};
  const Said said = say(machine, {.fix_script = true});
  EXPECT_THAT(said.out, AllOf(StartsWith("#!/bin/sh\n"),
                              HasSubstr("\ndriverctl set-override 0000:03:00.0 vfio-pci\n"),
                              HasSubstr("\n# FAIL NIC03: "), HasSubstr("/nr_hugepages\n")));
  const std::string path = ::testing::TempDir() + "weir-fix-script";
  std::ofstream(path) << said.out;
  EXPECT_EQ(std::system(("bash -n " + path).c_str()), 0) << said.out;
  std::remove(path.c_str());
}

TEST(Report, ASoundMachinesScriptHasNoCommands) {
  const Machine machine;
  std::istringstream script(say(machine, {.fix_script = true}).out);
  for (std::string line; std::getline(script, line);) {
    EXPECT_TRUE(line.empty() || line.starts_with('#')) << line;
  }
}

TEST(Report, OneCheckIsExplainedAndAsked) {
  Machine machine;
  break_it(machine);
  const Said said = say(machine, {.explain = "nic03"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, AllOf(StartsWith("NIC03  the kernel has let go of the NIC\n"),
                              HasSubstr("  why   "), HasSubstr("  fix   "),
                              HasSubstr(" FAIL NIC03   port wan: "), Not(HasSubstr("HP01"))));
  EXPECT_THAT(say(machine, {.explain = "NET04"}).out, HasSubstr("tcpdump, iptables and ss"));
  const Said unknown = say(machine, {.explain = "NIC99"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("no check is called 'NIC99'; there are: HP01 HP02 "));
}

TEST(Report, TheFirstFailureGivesTheExitCode) {
  Machine machine;
  machine.config.workers.cpus = {99};
  EXPECT_EQ(exit_code(examine({machine.env, machine.config})), 78);
  machine.use_device("0000:99:00.0");
  EXPECT_EQ(exit_code(examine({machine.env, machine.config})), 69);
}

TEST(Report, ALineStaysALine) {
  Machine machine;
  machine.use_device("net_pcap0,rx_pcap=/a\nb\x1b[2J");
  const std::string out = say(machine, {}).out;
  EXPECT_THAT(out, AllOf(Not(HasSubstr("\x1b")), HasSubstr("'/a b [2J'")));
}

std::string doctor_page() {
  std::ostringstream page;
  page << R"(# What the doctor looks at

`weir doctor` reads /proc and /sys, starts nothing and changes nothing; `weir` does the same before
it starts DPDK. Each check has an id that keeps its meaning, and comes out as *ok*, *warn*, *FAIL* or
*skip*. `weir doctor --explain ID` says what stands here, and how this machine fares; `--fix-script`
prints the commands for reading. Exit code: 0, or 1 when something fails.

`weir doctor --live`, or `weirctl doctor --live`, looks at a weir that runs, when nothing arrives or when it is
slow. It asks the daemon on its control socket (`--socket PATH`), looks twice within some seconds at its counters and
at who else runs on its workers' CPUs, and has it send two ARP or neighbour questions to each gateway. Only the
checks that say so below are reported then.

`--json` has everything: `{"schema":"weir.doctor.v1","checks":[{"id","title","state","what","why",
"fix":{"command","advice"}}],"failures","warnings"}`. A check of ports stands there once a port; what is
*warn* or *FAIL* has a `fix`, whose `command` is one line for a root shell, or empty.

Made from `src/doctor/checks.cpp`; `WEIR_WRITE_DOCS=1 build/tests/unit/doctor/test-doctor` writes it
anew.
)";
  for (const Check& check : checks()) {
    page << "\n## " << check.id << ": " << check.title << "\n\n**Why** " << check.why
         << ".\n\n**Fix** " << check.cure << ".\n";
    if (check.examine_live == nullptr) continue;
    page << (check.examine == nullptr ? "\nOnly a running weir can know: `weir doctor --live`.\n"
                                      : "\nA running weir knows more: `weir doctor --live`.\n");
  }
  return page.str();
}

TEST(DoctorPage, IsWhatTheTableSays) {
  const std::string path = WEIR_SOURCE_DIR "/docs/doctor.md";
  if (std::getenv("WEIR_WRITE_DOCS") != nullptr) std::ofstream(path) << doctor_page();
  std::ifstream file(path);
  std::ostringstream there;
  there << file.rdbuf();
  EXPECT_EQ(there.str(), doctor_page());
}

}  // namespace
}  // namespace weir::doctor::test
