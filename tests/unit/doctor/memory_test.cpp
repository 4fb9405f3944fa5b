// HP01-HP06, MEM01, MEM02: huge pages and memory, enough and not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/huge_pages.hpp"
#include "doctor/memory_need.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kNoCapabilities = "0000000000000000";

TEST(HugePages, EnoughAndFreeIsWell) {
  const Machine machine;
  EXPECT_THAT(machine.verdict("HP01"), StartsWith("ok: hugepages: need "));
  EXPECT_EQ(machine.verdict("HP02"), "ok: port wan: node 0 has 2048 MB of free huge pages");
  EXPECT_EQ(machine.verdict("HP03"), "ok: 4096 of 4096 MB in huge pages are free");
  EXPECT_EQ(machine.verdict("HP04"), "ok: hugetlbfs is mounted on /dev/hugepages");
  EXPECT_EQ(machine.verdict("HP05"), "ok: this user may open /dev/hugepages");
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: memory: "));
}

TEST(HugePages, NoneReservedNamesPagesNodeAndCommand) {
  Machine machine;
  machine.set_huge_pages(0, 0, 0);
  machine.set_huge_pages(1, 0, 0);
  const std::uint64_t need = memory_need(machine.config, 2).mb;
  const Finding none = machine.finding("HP01");
  EXPECT_EQ(none.state, State::fail);
  EXPECT_EQ(none.exit_code, 69);
  EXPECT_EQ(none.what, "no huge pages are reserved, but weir needs " + std::to_string(need) +
                           " MB (" + std::to_string((need + 1) / 2) + " pages of 2 MB)");
  EXPECT_EQ(none.remedy.command,
            "echo " + std::to_string((need + 1) / 2) +
                " > /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages");
  EXPECT_THAT(none.remedy.advice,
              AllOf(HasSubstr("vm.nr_hugepages=" + std::to_string((need + 1) / 2)),
                    HasSubstr("[memory] hugepages = no (slower)")));
}

TEST(HugePages, WithTryTheLackOfThemIsAWarning) {
  Machine machine;
  machine.set_huge_pages(0, 0, 0);
  machine.set_huge_pages(1, 0, 0);
  machine.config.memory.hugepages = HugePages::attempt;
  EXPECT_THAT(machine.verdict("HP01"),
              AllOf(StartsWith("warn: "), HasSubstr("weir will run without (slower)")));
}

TEST(HugePages, NotWantedIsNotAsked) {
  Machine machine;
  machine.config.memory.hugepages = HugePages::no;
  for (const char* id : {"HP01", "HP02", "HP03", "HP04", "HP05", "MEM02"}) {
    EXPECT_EQ(machine.verdict(id), "skip: [memory] hugepages = no") << id;
  }
}

TEST(HugePages, OnTheWrongNodeNamesBoth) {
  Machine machine;
  machine.set_huge_pages(0, 0, 0);
  EXPECT_THAT(
      machine.verdict("HP02"),
      AllOf(StartsWith("warn: port wan: free huge pages are on the wrong node: 0 MB on node "
                       "0, where the NIC is, 2048 MB on node 1;"),
            HasSubstr("/node0/hugepages/hugepages-2048kB/nr_hugepages")));
}

class TakenPages : public ::testing::Test {
 protected:
  TakenPages() {
    machine.set_huge_pages(0, 1024, 0);
    machine.set_huge_pages(1, 1024, 0);
    machine.write("/dev/hugepages/rtemap_0", "");
    machine.write("/dev/hugepages/rtemap_1", "");
    machine.write("/proc/812/comm", "vpp\n");
    machine.write("/proc/812/status", "Name:\tvpp\nHugetlbPages:\t 2097152 kB\n");
    machine.write("/proc/812/maps", "7f00-7f01 rw-s 0 00:0f 9  /dev/hugepages/vpp_map_0\n");
    machine.write("/dev/hugepages/vpp_map_0", "");
  }
  Machine machine;
};

TEST_F(TakenPages, ByTheLivingAreNamed) {
  machine.remove("/dev/hugepages/rtemap_0");
  machine.remove("/dev/hugepages/rtemap_1");
  const Finding taken = machine.finding("HP03");
  EXPECT_EQ(taken.state, State::fail);
  EXPECT_THAT(taken.what, AllOf(HasSubstr("4096 of 4096 MB in huge pages are taken"),
                                HasSubstr("held by pid 812 (vpp) 2048 MB")));
  EXPECT_THAT(taken.remedy.command, HasSubstr("/nr_hugepages"));
}

TEST_F(TakenPages, ByTheDeadAreRemovedByTheirPrefixAndNoOthers) {
  const Finding taken = machine.finding("HP03");
  EXPECT_THAT(taken.what, HasSubstr("2 files were left behind by a dead program"));
  EXPECT_EQ(taken.remedy.command, "rm /dev/hugepages/rtemap_*");
}

TEST_F(TakenPages, AFileNameIsNoShellCommand) {
  machine.write("/dev/hugepages/$(reboot) map_0", "");
  EXPECT_EQ(machine.finding("HP03").remedy.command,
            "rm '/dev/hugepages/$(reboot) map_'* /dev/hugepages/rtemap_*");
}

TEST_F(TakenPages, WhoMayNotLookCallsNoFileLeftBehind) {
  machine.run_as(12345, kNoCapabilities);
  std::filesystem::permissions(machine.env.at("/proc/812/maps"),
                               std::filesystem::perms::owner_read);
  EXPECT_THAT(machine.verdict("HP03"), AllOf(StartsWith("FAIL: "), Not(HasSubstr("rm "))));
}

TEST(Hugetlbfs, IsNotNeededUnlessEalIsToldToUseIt) {
  Machine machine;
  machine.write("/proc/mounts", "proc /proc proc rw 0 0\n");
  EXPECT_THAT(machine.verdict("HP04"), StartsWith("ok: hugetlbfs is not mounted, and need not be"));
  EXPECT_THAT(machine.verdict("HP05"), StartsWith("skip: "));
  machine.config.dpdk.eal_args = {"--huge-dir", "/mnt/huge pages"};
  EXPECT_THAT(machine.verdict("HP04"),
              AllOf(StartsWith("FAIL: [dpdk] eal-args names --huge-dir /mnt/huge pages"),
                    HasSubstr("mount -t hugetlbfs none '/mnt/huge pages'")));
}

TEST(Hugetlbfs, ThatMayNotBeOpenedIsAQuestionOfPermission) {
  Machine machine;
  machine.run_as(12345, kNoCapabilities);
  std::filesystem::permissions(machine.env.at("/dev/hugepages"), std::filesystem::perms::owner_all);
  const Finding closed = machine.finding("HP05");
  EXPECT_EQ(closed.state, State::fail);
  EXPECT_EQ(closed.exit_code, 77);
  EXPECT_EQ(closed.remedy.command, "chmod a+rx /dev/hugepages");
}

TEST(Memory, TooFewReservedPagesShowTheSumAndWhatWouldFit) {
  Machine machine;
  machine.config.recorder.memory = 16 << 20;  // never in huge pages
  machine.config.memory.mbufs = 262144;
  machine.set_huge_pages(0, 128, 128);
  machine.set_huge_pages(1, 0, 0);
  EXPECT_THAT(
      machine.verdict("HP06"),
      AllOf(StartsWith("FAIL: too few huge pages: 262144 buffers x 2368 B = 592 MB, rings "
                       "and drivers 64 MB: 656 MB; 256 MB are reserved, 256 MB of them "
                       "free"),
            HasSubstr("[memory] mbufs = 84992 would fit"),
            HasSubstr("echo 328 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")));
  EXPECT_EQ(machine.verdict("HP01"), "skip: too few: see HP06");
  EXPECT_EQ(machine.verdict("HP03"), "skip: too few are reserved: see HP06");
  machine.config.memory.mbufs = 84992;
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: ")) << "what is proposed does fit";
}

TEST(Memory, OfAQueueIsAlsoWhatItsWorkerTakesAhead) {
  const Machine machine;
  const std::vector<std::uint16_t> one_port{2}, two_ports{2, 2};
  EXPECT_EQ(buffers_for(machine.config, 2, two_ports) - buffers_for(machine.config, 2, one_port),
            2U * (1024 + 1024 + 8 * 64));
}

TEST(Memory, WithoutHugePagesItIsTheKernels) {
  Machine machine;
  machine.config.memory.hugepages = HugePages::no;
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: "));
  machine.config.memory.mbufs = 100'000'000;
  EXPECT_THAT(machine.verdict("HP06"),
              AllOf(StartsWith("FAIL: too little memory: 100000000 buffers x 4096 B"),
                    HasSubstr("and 7812 MB are free; [memory] mbufs = ")));
}

TEST(LockedMemory, MustHoldWhatVfioPins) {
  Machine machine;
  machine.run_as(12345, kNoCapabilities);
  EXPECT_EQ(machine.verdict("MEM01"), "ok: the limit of locked memory is off");
  machine.write("/proc/self/limits", "Max locked memory         8388608   8388608   bytes\n");
  const Finding little = machine.finding("MEM01");
  EXPECT_EQ(little.state, State::fail);
  EXPECT_EQ(little.exit_code, 77);
  EXPECT_THAT(little.what, StartsWith("the limit of locked memory is 8 MB, and VFIO must pin "));
  EXPECT_THAT(little.remedy.advice, HasSubstr("LimitMEMLOCK=infinity"));
  machine.run_as(12345, "0000000000004000");
  EXPECT_THAT(machine.verdict("MEM01"), HasSubstr("CAP_IPC_LOCK"));
  machine.use_device("net_tap0");
  EXPECT_THAT(machine.verdict("MEM01"), StartsWith("skip: "));
}

TEST(VfioMappings, AreCountedInPages) {
  Machine machine;
  const std::string limit = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
  EXPECT_THAT(machine.verdict("MEM02"), StartsWith("skip: "));
  machine.write(limit, "65535\n");
  EXPECT_THAT(machine.verdict("MEM02"), StartsWith("ok: VFIO needs "));
  machine.write(limit, "10\n");
  EXPECT_THAT(machine.verdict("MEM02"),
              AllOf(StartsWith("FAIL: VFIO would need "), HasSubstr("may have 10; echo "),
                    HasSubstr(" > " + limit)));
}

TEST(Memory, BeyondTheCgroupsLimitTheKernelWouldKill) {
  Machine machine;
  machine.config.memory.hugepages = HugePages::no;
  machine.write("/proc/self/cgroup", "0::/system.slice/weir.service\n");
  machine.write("/sys/fs/cgroup/system.slice/weir.service/memory.max", "41943040\n");
  EXPECT_THAT(machine.verdict("HP06"),
              AllOf(StartsWith("FAIL: too little memory: "),
                    HasSubstr("the limit of this process's cgroup is 40 MB"),
                    HasSubstr("MemoryMax= of the unit")));
  machine.write("/sys/fs/cgroup/system.slice/weir.service/memory.max", "max\n");
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: "));
  machine.write("/proc/self/cgroup", "4:memory:/he\n");
  machine.write("/sys/fs/cgroup/memory/he/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: "));
  machine.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
  EXPECT_THAT(machine.verdict("HP06"), HasSubstr("is 1 MB; no [memory] mbufs is small enough"));
}

constexpr std::uint64_t kGb = 1ULL << 30;

TEST(Recorders, AreTheKernelsAlsoBesideHugePages) {
  Machine machine;  // 7812 MB free, and huge pages for the buffers
  machine.config.tcp.max_flows = 4'000'000;
  machine.config.recorder.memory = kGb;
  EXPECT_THAT(machine.verdict("HP06"),
              AllOf(StartsWith("ok: "), HasSubstr(", flight recorders 2 x 1025 MB, and as much for "
                                                  "weirctl record: 4100 MB")));
  machine.config.recorder.memory = 16 * kGb;
  EXPECT_EQ(machine.verdict("HP06"),
            "FAIL: too little memory: flight recorders 2 x 16385 MB, and as much for weirctl "
            "record: 65540 MB, and 7812 MB are free; [recorder] memory = 1952M would fit; or stop "
            "other programs");
  machine.config.recorder.memory = 1952ULL << 20;
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: ")) << "what is proposed does fit";
}

TEST(Recorders, ThatAStartAcceptsCanBeRecorded) {
  Machine machine;  // 7812 MB free
  machine.config.tcp.max_flows = 4'000'000;
  machine.config.recorder.memory = 1952ULL << 20;
  ASSERT_THAT(machine.verdict("HP06"), StartsWith("ok: "));
  const MemoryNeed need = memory_need(machine.config, 2);
  const auto free_then = 8'000'000 - need.recorders_mb() * 1024;
  machine.write("/proc/meminfo", "MemAvailable: " + std::to_string(free_then) + " kB\n");
  EXPECT_EQ(find_no_room_to_record(machine.env, need), std::nullopt);
  machine.write("/proc/meminfo", "MemAvailable: 1024000 kB\n");
  EXPECT_EQ(find_no_room_to_record(machine.env, need),
            "2 x 1953 MB = 3906 MB, and 1000 MB are free");
}

TEST(ReadAhead, IsCountedWhereThereAreFilesToServe) {
  Machine machine;
  EXPECT_EQ(memory_need(machine.config, 2).read_ahead_mb, 0U);
  ServiceConfig files;
  files.handler = Handler::http;
  files.root = "/srv/www";
  machine.config.services.push_back(files);
  EXPECT_THAT(machine.verdict("HP06"), AllOf(StartsWith("ok: "), HasSubstr(", read-ahead 64 MB")));
  machine.config.memory.read_ahead = 16 * kGb;
  EXPECT_EQ(
      machine.verdict("HP06"),
      "FAIL: too little memory: read-ahead 16384 MB, and 7812 MB are free; [memory] read-ahead "
      "= 7812M would fit; or stop other programs");
  machine.config.memory.read_ahead = 7812ULL << 20;
  EXPECT_THAT(machine.verdict("HP06"), StartsWith("ok: ")) << "what is proposed does fit";
  machine.config.memory.read_ahead = 0;
  EXPECT_EQ(memory_need(machine.config, 2).read_ahead_mb, 0U) << "off";
}

TEST(Recorders, AreNoMemoryOfDpdks) {
  Machine machine;
  const MemoryNeed without = memory_need(machine.config, 2);
  machine.config.recorder.memory = kGb;
  const MemoryNeed with = memory_need(machine.config, 2);
  EXPECT_EQ(with.mb, without.mb);
  EXPECT_EQ(without.recorders_mb(), 0U);
  EXPECT_EQ(with.recorders_mb(), 2 * (1024U + 1U));
}

TEST(Recorders, AddToBuffersWithoutHugePages) {
  Machine machine;
  machine.config.memory.hugepages = HugePages::no;
  machine.config.recorder.memory = kGb;
  machine.write("/sys/fs/cgroup/system.slice/weir.service/memory.max", "1073741824\n");
  EXPECT_THAT(machine.verdict("HP06"),
              AllOf(HasSubstr(" buffers x 4096 B = "),
                    HasSubstr(", flight recorders 2 x 1025 MB, and as much for weirctl record: "
                              "4100 MB, and the limit of this process's cgroup is 1024 MB; "
                              "[recorder] memory = ")));
  machine.config.memory.mbufs = 100'000'000;
  EXPECT_THAT(machine.verdict("HP06"), HasSubstr("[recorder] memory = off, and [memory] mbufs = "));
}

TEST(Recorders, OfAReloadMustFitBesideWhatRuns) {
  Machine machine;
  const std::string group = "/sys/fs/cgroup/system.slice/weir.service";
  machine.config.recorder.memory = kGb;
  const MemoryNeed need = memory_need(machine.config, 2);
  EXPECT_FALSE(find_no_room_for_recorders(machine.env, need, 0));
  machine.write(group + "/memory.max", "6444548096\n");
  machine.write(group + "/memory.current", "2147483648\n");
  EXPECT_EQ(to_sentence(find_no_room_for_recorders(machine.env, need, 0).value()),
            "[recorder] memory is too much: flight recorders 2 x 1025 MB, and as much for weirctl "
            "record: 4100 MB, and 4098 MB are free; [recorder] memory = 1023M would fit");
  machine.write(group + "/memory.stat", "anon 5\ninactive_file 1048576\nactive_file 1048576\n");
  EXPECT_FALSE(find_no_room_for_recorders(machine.env, need, 0)) << "files are given up";
  machine.write("/proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable:   8192 kB\n");
  EXPECT_THAT(to_sentence(find_no_room_for_recorders(machine.env, need, 0).value()),
              HasSubstr("8 MB are free; [recorder] memory = off would fit"));
}

TEST(Recorders, OfAReloadMayCountOnThoseThatGoWhenRecordIsAsked) {
  Machine machine;
  machine.config.recorder.memory = kGb;
  const MemoryNeed need = memory_need(machine.config, 2);
  machine.write("/proc/meminfo", "MemAvailable: 2099200 kB\n");  // 2050 MB: once, and no more
  EXPECT_TRUE(find_no_room_for_recorders(machine.env, need, 2049));
  EXPECT_FALSE(find_no_room_for_recorders(machine.env, need, 2050));
  machine.write("/proc/meminfo", "MemAvailable: 2098176 kB\n");
  EXPECT_TRUE(find_no_room_for_recorders(machine.env, need, 9999)) << "they go last";
}

TEST(HugePages, AreCountedInAllSizes) {
  EXPECT_FALSE(find_too_few_huge_pages({{2048, 512, 100}}, 200));
  EXPECT_TRUE(find_too_few_huge_pages({{2048, 512, 100}}, 201));
  EXPECT_FALSE(find_too_few_huge_pages({{2048, 0, 0}, {1048576, 1, 1}}, 1024));
  EXPECT_TRUE(find_too_few_huge_pages({}, 1));
}

TEST(HugePages, TakenOnesAreAddedToWhatMustBeReserved) {
  EXPECT_THAT(
      to_sentence(*find_too_few_huge_pages({{2048, 512, 56}}, 612)),
      HasSubstr("of 1024 MB in huge pages 112 MB are free, but weir needs 612 MB (306 pages "
                "of 2 MB); echo 762 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"));
}

}  // namespace
}  // namespace weir::doctor::test
