// CPU01-CPU06, SEC01-SEC03, RUN01-RUN03: what surrounds the process.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "doctor/cpus.hpp"
#include "doctor/processes.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kNoCapabilities = "0000000000000000";
const std::string kCgroup = "/sys/fs/cgroup/system.slice/weir.service/";

TEST(Cpu01, WorkersAndControlAreNamed) {
  Machine machine;
  EXPECT_EQ(machine.verdict("CPU01"), "ok: 2 workers on CPUs 1,2, control on 0,3-7");
  machine.config.workers.cpus = {3};
  EXPECT_EQ(machine.verdict("CPU01"), "ok: 1 worker on CPU 3, control on 0-2,4-7");
}

TEST(Cpu01, ACpuOutsideTheCpusetIsAConfigurationError) {
  Machine machine;
  machine.write(kCgroup + "cpuset.cpus.effective", "0-1\n");
  machine.config.workers.cpus = {2, 3, 4, 5};
  const Finding wrong = machine.finding("CPU01");
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_EQ(wrong.what,
            "[workers] cpus = 2-5, but this machine or container may only use CPUs 0,1");
}

TEST(Cpu01, TheFirstCgroupVersionIsReadToo) {
  Machine machine;
  machine.write("/proc/self/cgroup", "4:cpuset:/docker/x\n2:cpu,cpuacct:/docker/x\n0::/\n");
  machine.write("/sys/fs/cgroup/cpuset/cpuset.effective_cpus", "0-2\n");
  EXPECT_EQ(allowed_cpus(machine.env), (std::vector<unsigned>{0, 1, 2}));
}

TEST(AutomaticCpus, AreNearTheNicOneACoreWithoutTheFirst) {
  Machine machine;
  EXPECT_EQ(automatic_cpus({machine.env, machine.config}), (std::vector<unsigned>{2}));
  machine.write("/sys/bus/pci/devices/0000:03:00.0/local_cpulist", "0-7\n");
  EXPECT_EQ(automatic_cpus({machine.env, machine.config}), (std::vector<unsigned>{2, 4, 6}));
  machine.use_device("net_tap0");
  EXPECT_EQ(automatic_cpus({machine.env, machine.config}), (std::vector<unsigned>{7}));
}

TEST(Cpu03, AQuotaFreezesPollers) {
  Machine machine;
  EXPECT_EQ(machine.verdict("CPU03"), "ok: no CPU quota");
  machine.write(kCgroup + "cpu.max", "max 100000\n");
  EXPECT_EQ(machine.verdict("CPU03"), "ok: no CPU quota");
  machine.write("/sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n");  // a parent's counts
  EXPECT_THAT(machine.verdict("CPU03"), StartsWith("warn: a CPU quota of 1.5 CPUs"));
  machine.write("/sys/fs/cgroup/system.slice/cpu.max", "300000 100000\n");
  EXPECT_THAT(machine.verdict("CPU03"), StartsWith("ok: a CPU quota of 3 CPUs leaves room"));
}

TEST(Cpu04, SiblingsGetTheListThatWouldBeRight) {
  Machine machine;
  machine.write("/sys/bus/pci/devices/0000:03:00.0/local_cpulist", "0-7\n");
  EXPECT_EQ(machine.verdict("CPU04"), "ok: 2 distinct cores");
  machine.config.workers.cpus = {2, 3};
  EXPECT_EQ(machine.verdict("CPU04"),
            "warn: workers on CPUs 2,3 share one core (SMT): each gets "
            "half of it; [workers] cpus = 2,4,6");
}

TEST(Cpu04, ControlNeedsACpuToo) {
  Machine machine;
  machine.write(kCgroup + "cpuset.cpus.effective", "0,2\n");
  machine.config.workers.cpus = {0, 2};
  EXPECT_THAT(machine.verdict("CPU04"), StartsWith("warn: workers use every CPU"));
}

TEST(Cpu05, AnOldProcessorIsASentence) {
  Machine machine;
  EXPECT_EQ(machine.verdict("CPU05"), "ok: the CPU has SSE4.2");
  machine.write("/proc/cpuinfo", "flags\t\t: fpu sse sse2\n");
  EXPECT_THAT(machine.verdict("CPU05"), StartsWith("FAIL: this build needs SSE4.2"));
  machine.write("/proc/cpuinfo", "Features\t: fp asimd\n");
  EXPECT_EQ(machine.verdict("CPU05"), "skip: no x86 processor");
}

TEST(Cpu06, AClockThatStopsAndAGovernorThatSavesAreWarnings) {
  Machine machine;
  EXPECT_EQ(machine.verdict("CPU06"), "ok: the clock is steady");
  machine.write("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  EXPECT_THAT(machine.verdict("CPU06"), AllOf(StartsWith("warn: CPU 1 of a worker"),
                                              HasSubstr("cpupower frequency-set -g performance")));
  machine.write("/proc/cpuinfo", "flags\t\t: fpu sse4_2 constant_tsc\n");
  EXPECT_THAT(machine.verdict("CPU06"), StartsWith("warn: the time-stamp counter"));
}

TEST(Cpu01, OneWorkerStaysWhereTheProcessWasPut) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  machine.config.workers.cpus.clear();
  machine.write("/proc/self/status", "Cpus_allowed_list:\t1-2\n");
  EXPECT_EQ(machine.verdict("CPU01"), "ok: 1 worker on CPU 2, control on 0,1,3-7");
}

TEST(Sec01, SecureBootLeavesVfioWithAnIommu) {
  Machine machine;
  EXPECT_THAT(machine.verdict("SEC01"), StartsWith("ok: the kernel is not locked down"));
  machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  EXPECT_THAT(machine.verdict("SEC01"), StartsWith("ok: Secure Boot has locked the kernel"));
  machine.bind("0000:03:00.0", "igb_uio");
  EXPECT_THAT(machine.verdict("SEC01"), StartsWith("FAIL: port wan: Secure Boot"));
  machine.bind("0000:03:00.0", "vfio-pci");
  machine.remove("/sys/bus/pci/devices/0000:03:00.0/iommu_group");
  EXPECT_THAT(machine.verdict("SEC01"), StartsWith("FAIL: port wan: Secure Boot"));
  machine.write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
  EXPECT_THAT(machine.verdict("SEC01"), StartsWith("ok: "));
}

TEST(Sec02, AContainerGetsTheLineThatIsMissing) {
  Machine machine;
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("ok: "));
  machine.remove("/dev/vfio");
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("FAIL: this process lacks /dev/vfio/vfio"));
  machine.write("/.dockerenv", "");
  EXPECT_EQ(machine.verdict("SEC02"),
            "FAIL: this container lacks /dev/vfio/vfio, /dev/vfio/24; docker run --device "
            "/dev/vfio/vfio --device /dev/vfio/24 …");
  EXPECT_EQ(machine.finding("SEC02").exit_code, 77);
}

TEST(Sec02, WithoutModulesDpdkDoesNotStart) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  machine.remove("/sys/module");
  EXPECT_EQ(machine.verdict("SEC02"),
            "FAIL: there is no /sys/module, without which DPDK does not start (\"Cannot init "
            "VFIO\"); mount -t sysfs sysfs /sys");
  machine.write("/proc/1/environ", std::string("PATH=/bin\0container=systemd-nspawn\0", 34));
  EXPECT_THAT(machine.verdict("SEC02"), HasSubstr("systemd-nspawn --bind-ro=/sys/module"));
}

TEST(Sec02, AFilterOfSystemCallsMattersWhereThereAreSeveralNodes) {
  Machine machine;
  machine.run_as(0, "0000000000000000");
  machine.append("/proc/self/status", "Seccomp:\t2\n");
  machine.write("/.dockerenv", "");
  EXPECT_THAT(
      machine.verdict("SEC02"),
      AllOf(StartsWith("warn: a filter of system calls (seccomp) forbids to choose the NUMA "
                       "node of memory"),
            HasSubstr("docker run --cap-add SYS_NICE")));
  machine.remove("/sys/devices/system/node/node1");
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("ok: ")) << "there is one node to choose";
}

TEST(Sec02, WhoMayChooseInSpiteOfTheFilterIsWell) {
  Machine machine;
  machine.append("/proc/self/status", "Seccomp:\t2\n");
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("ok: "));
}

TEST(Sec02, ATapWantsACapability) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  machine.run_as(12345, kNoCapabilities);
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("FAIL: this process lacks CAP_NET_ADMIN"));
  machine.run_as(12345, "0000000000001000");
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("ok: "));
  machine.use_device("net_af_packet0,iface=eno1");
  EXPECT_THAT(machine.verdict("SEC02"), HasSubstr("lacks CAP_NET_RAW"));
}

TEST(Sec03, AUnitThatHidesADeviceIsFoundOut) {
  Machine machine;
  EXPECT_THAT(machine.verdict("SEC03"), StartsWith("ok: "));
  machine.remove("/dev/vfio");
  const std::string hidden = "/dev/vfio/vfio";
  machine.write(kRootOfInit + hidden, "");
  EXPECT_THAT(machine.verdict("SEC03"),
              AllOf(StartsWith("FAIL: /dev/vfio/vfio is hidden"), HasSubstr("PrivateDevices=no")));
}

TEST(Run01, ALockThatIsHeldNamesTheProcess) {
  Machine machine;
  const std::string lock = "/run/weir/weir.sock.lock";
  machine.write(lock, "4711\n");
  machine.write("/proc/locks", "1: FLOCK  ADVISORY  WRITE 1 08:01:1 0 EOF\n");
  EXPECT_EQ(machine.verdict("RUN01"),
            "ok: no other weir has the control socket "
            "/run/weir/weir.sock");
  struct stat status {};
  ASSERT_EQ(stat(machine.env.at(lock).c_str(), &status), 0);
  char line[128];
  std::snprintf(line, sizeof line, "2: FLOCK  ADVISORY  WRITE 4711 %02x:%02x:%lu 0 EOF\n",
                major(status.st_dev), minor(status.st_dev), status.st_ino);
  machine.write("/proc/locks", line);
  const Finding running = machine.finding("RUN01");
  EXPECT_EQ(running.exit_code, 75);
  EXPECT_EQ(running.what,
            "weir is already running (pid 4711) with the control socket /run/weir/weir.sock");
  EXPECT_THAT(running.remedy.advice, HasSubstr("--set control.socket=PATH"));
}

TEST(Run02, VirtualDevicesAreJudgedOneByOne) {
  Machine machine;
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("skip: "));
  machine.use_device("net_tap0,iface=weir0");
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: port wan: net_tap0 can start"));
  machine.use_device("net_tap0,iface=averyveryverylongname");
  EXPECT_THAT(machine.verdict("RUN02"),
              StartsWith("FAIL: port wan: net_tap0: interface name 'averyveryverylongname' is "
                         "longer than 15 characters"));
}

TEST(Run02, ATapWithoutTun) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  machine.remove("/dev/net/tun");
  EXPECT_EQ(machine.verdict("SEC02"), "FAIL: this process lacks /dev/net/tun; modprobe tun");
  EXPECT_EQ(machine.verdict("RUN02"), "skip: port wan: see SEC02");
  machine.write("/.dockerenv", "");
  EXPECT_EQ(machine.finding("SEC02").remedy.advice, "docker run --device /dev/net/tun …");
}

TEST(Run02, ATapThatAnotherProgramHolds) {
  Machine machine;
  machine.use_device("net_tap0,iface=eno1");
  machine.write("/proc/812/comm", "weir\n");
  machine.write("/proc/812/fdinfo/13", "pos:\t0\niff:\teno1\n");
  machine.link("/proc/812/ns/net", "net:[1]");
  machine.link("/proc/self/ns/net", "net:[2]");
  machine.add_directory("/sys/class/net/eno1");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("is no tap with multi_queue; another iface="));
  machine.write("/sys/class/net/eno1/tun_flags", "0x1102\n");
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: ")) << "held in another namespace";
  machine.link("/proc/self/ns/net", "net:[1]");
  const Finding taken = machine.finding("RUN02");
  EXPECT_EQ(taken.exit_code, 75);
  EXPECT_EQ(taken.what, "port wan: net_tap0: the interface 'eno1' is in use by pid 812 (weir)");
}

TEST(Run02, ATapThatThisUserMayNotOpen) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  std::filesystem::permissions(machine.env.at("/dev/net/tun"), std::filesystem::perms::owner_read);
  machine.run_as(4000, "0000000000000000");
  const Finding finding = machine.finding("RUN02");
  EXPECT_THAT(finding.what, HasSubstr("this user may not open /dev/net/tun"));
  EXPECT_EQ(finding.exit_code, 77);
  std::filesystem::permissions(machine.env.at("/dev/net/tun"),
                               static_cast<std::filesystem::perms>(0666));
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: "));
}

TEST(Run02, AnInterfaceThatDoesNotExistListsThoseThatDo) {
  Machine machine;
  machine.use_device("net_af_packet0,iface=nosuch0");
  EXPECT_THAT(machine.verdict("RUN02"),
              HasSubstr("net_af_packet0: there is no interface 'nosuch0'; "
                        "there are: lo, eno1"));
  machine.use_device("net_af_packet0");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("needs iface="));
}

TEST(Run02, ACaptureFileThatCannotBeReadOrWritten) {
  Machine machine;
  machine.use_device("net_pcap0,rx_pcap=/nonexistent.pcap");
  EXPECT_THAT(machine.verdict("RUN02"),
              HasSubstr("cannot read the capture file '/nonexistent.pcap': "
                        "No such file or directory"));
  machine.use_device("net_pcap0,tx_pcap=/nonexistent/out.pcap");
  EXPECT_THAT(machine.verdict("RUN02"),
              HasSubstr("cannot write the capture file '/nonexistent/out.pcap'"));
  machine.use_device("net_pcap0");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("needs rx_pcap= or tx_pcap="));
}

TEST(Run02, AParameterThatNobodyReadsIsNamed) {
  Machine machine;
  machine.use_device("net_tap0,ifce=weir0");
  const Finding wrong = machine.finding("RUN02");
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_EQ(wrong.what, "port wan: net_tap0 has no parameter 'ifce', did you mean 'iface'?");
  EXPECT_EQ(wrong.remedy.advice, "one of iface, mac, remote");
  machine.use_device("net_null0,size=64,no-rx=1");
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: "));
}

TEST(Run02, ASocketsDirectoryThatIsNotThere) {
  Machine machine;
  machine.use_device("net_memif0,role=server,socket=/nonexistent/m.sock,socket-abstract=no");
  EXPECT_EQ(machine.finding("RUN02").remedy.command, "mkdir -p /nonexistent");
  machine.use_device("net_memif0,socket=/nonexistent/m.sock");
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: "));
  machine.use_device("net_vhost0,iface=/nonexistent/v.sock");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("no directory '/nonexistent' for its socket"));
  machine.use_device("net_vhost0,iface=/nonexistent/v.sock,client=1");
  EXPECT_THAT(machine.verdict("RUN02"), StartsWith("ok: "));
}

TEST(Run02, AVirtualMachinesSocketThatIsNotThere) {
  Machine machine;
  machine.use_device("virtio_user0,path=/nonexistent.sock");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("there is no '/nonexistent.sock'"));
  machine.use_device("virtio_user0,path=/dev/vhost-net,iface=weir0");
  EXPECT_EQ(machine.finding("RUN02").remedy.command, "modprobe vhost-net");
  machine.use_device("net_vhost0");
  EXPECT_THAT(machine.verdict("RUN02"), HasSubstr("needs iface="));
}

TEST(Run03, TheSocketNeedsADirectoryThatMayBeWritten) {
  Machine machine;
  EXPECT_EQ(machine.verdict("RUN03"), "ok: the control socket can be /run/weir/weir.sock");
  machine.run_as(12345, kNoCapabilities);
  EXPECT_THAT(machine.verdict("RUN03"),
              StartsWith("FAIL: this user cannot make the control socket"));
  EXPECT_EQ(machine.finding("RUN03").exit_code, 77);
  machine.config.control.socket = "/srv/none/weir.sock";
  EXPECT_THAT(machine.verdict("RUN03"), HasSubstr("there is no directory /srv/none; mkdir -p "));
  EXPECT_EQ(machine.finding("RUN03").exit_code, 78);
  machine.config.control.socket = std::string(200, 'x');
  EXPECT_THAT(machine.verdict("RUN03"), HasSubstr("has 1 to 107 characters"));
}

TEST(Run03, WhatStandsThereIsNotPushedAside) {
  Machine machine;
  machine.write("/run/weir/weir.sock", "no socket\n");
  EXPECT_THAT(machine.verdict("RUN03"), HasSubstr("a file that is no socket stands there"));
  machine.remove("/run/weir/weir.sock");

  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  machine.env.at("/run/weir/weir.sock")
      .native()
      .copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
  EXPECT_THAT(machine.verdict("RUN03"), StartsWith("ok: ")) << "a dead daemon's socket";
  machine.write("/proc/net/unix",
                "Num RefCount Protocol Flags Type St Inode Path\n"
                "0: 00000002 00000000 00010000 0001 01 77 /run/weir/weir.sock\n");
  EXPECT_THAT(machine.verdict("RUN03"), HasSubstr("another program listens there"));
}

}  // namespace
}  // namespace weir::doctor::test
