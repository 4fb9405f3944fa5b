// IOM01-IOM03 and NIC01-NIC13: a NIC that is ready, and all that can be wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/drivers.hpp"
#include "doctor/nic.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

using namespace std::string_view_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kPci = "/sys/bus/pci/devices/";
const std::string kE810 = "0000:03:00.0";

TEST(Nic, ThatIsReadyIsWell) {
  const Machine machine;
  for (const char* id : {"IOM01", "IOM02", "IOM03", "NIC01", "NIC02", "NIC03", "NIC04", "NIC06",
                         "NIC07", "NIC09", "NIC13"}) {
    EXPECT_THAT(machine.verdict(id), StartsWith("ok: port wan: ")) << id;
  }
  EXPECT_EQ(machine.verdict("NIC09"),
            "ok: port wan: 0000:03:00.0 is in a slot of 16.0 GT/s x8: "
            "126 Gb/s at most");
  EXPECT_EQ(machine.verdict("IOM02"), "ok: port wan: IOMMU group 24: only this device");
}

TEST(Nic, ChecksOfNicsAreSkippedForVirtualDevices) {
  Machine machine;
  machine.use_device("net_tap0,iface=weir0");
  for (const char* id : {"IOM01", "IOM02", "IOM03", "NIC03", "NIC04", "NIC05", "NIC06", "NIC08",
                         "NIC09", "NIC12", "NIC13"}) {
    EXPECT_EQ(machine.verdict(id), "skip: no port has a NIC of this machine") << id;
  }
}

TEST(PciAddress, GetsItsDomain) {
  EXPECT_EQ(canonical_pci_address("03:00.0"), "0000:03:00.0");
  EXPECT_EQ(canonical_pci_address("0001:AF:1f.7"), "0001:af:1f.7");
  for (const char* text : {"", "3:00.0", "03:00", "0000:03:00.8", "0000:03:0g.0", "net_tap0"}) {
    EXPECT_FALSE(canonical_pci_address(text)) << text;
  }
}

TEST(Nic01, AMissingNicListsTheOthers) {
  Machine machine;
  machine.use_device("0000:99:00.0");
  EXPECT_THAT(machine.verdict("NIC01"),
              StartsWith("FAIL: port wan: there is no PCI device 0000:99:00.0; network devices in "
                         "this machine: 0000:01:00.0 (driver igb, interface eno1, default route: "
                         "not this one), 0000:03:00.0 (driver vfio-pci)"));
}

TEST(Nic01, ADiskIsNoNic) {
  Machine machine;
  machine.add_nic("0000:00:1f.2", "0x8086", "0x2922", "ahci", "");
  machine.write(kPci + "0000:00:1f.2/class", "0x010601\n");
  machine.use_device("0000:00:1f.2");
  EXPECT_THAT(machine.verdict("NIC01"),
              HasSubstr("0000:00:1f.2 is no network device; those in this machine: 0000:01"));
}

TEST(Nic02, WhatIsNoDeviceIsAskedForAnew) {
  Machine machine;
  machine.use_device("99:00.0x");
  const Finding wrong = machine.finding("NIC02");
  EXPECT_EQ(wrong.state, State::fail);
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_EQ(wrong.remedy.advice, "set [port] device to one of these");
  machine.use_device("eth0");
  EXPECT_THAT(machine.verdict("NIC02"), HasSubstr("is neither a PCI address like 0000:03:00.0 nor "
                                                  "one of net_tap0, "));
  machine.use_device("net_tap");
  EXPECT_EQ(machine.finding("NIC02").what,
            "port wan: device 'net_tap' lacks a number, did you mean 'net_tap0'?");
}

TEST(Nic02, AnInterfaceOfTheKernelIsNoDevice) {
  Machine machine;
  machine.use_device("eno1");
  const Finding wrong = machine.finding("NIC02");
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_THAT(wrong.remedy.advice,
              HasSubstr("eno1 is an interface of the kernel: device = net_af_packet0,iface=eno1"));
}

TEST(Nic03, ANicOfTheKernelsNamesTheCommandAndItsUndoing) {
  Machine machine;
  machine.add_nic(kE810, "0x8086", "0x159b", "ice", "ens1f0");
  const Finding held = machine.finding("NIC03");
  EXPECT_EQ(held.what,
            "port wan: 0000:03:00.0 is still used by the kernel (driver ice, interface "
            "ens1f0)");
  EXPECT_EQ(held.remedy.command, "driverctl set-override 0000:03:00.0 vfio-pci");
  EXPECT_THAT(held.remedy.advice, HasSubstr("undo: driverctl unset-override 0000:03:00.0"));
}

TEST(Nic03, AVirtioNicNamesItsInterfaceToo) {
  Machine machine;
  machine.bind(kE810, "virtio-pci");
  machine.add_directory(kPci + kE810 + "/virtio0/net/eth0");
  EXPECT_THAT(machine.verdict("NIC03"), HasSubstr("(driver virtio-pci, interface eth0)"));
}

TEST(Nic03, WithoutADriverItIsNotReadyEither) {
  Machine machine;
  machine.bind(kE810, "");
  EXPECT_THAT(machine.verdict("NIC03"),
              HasSubstr("is bound to no driver; driverctl set-override 0000:03:00.0 vfio-pci"));
}

TEST(Nic04, TheNicOfTheDefaultRouteIsRefusedAndNoCommandIsOffered) {
  Machine machine;
  machine.use_device("0000:01:00.0");
  EXPECT_THAT(
      machine.verdict("NIC04"),
      StartsWith("FAIL: port wan: REFUSED: eno1 (0000:01:00.0) carries your default route"));
  EXPECT_EQ(machine.finding("NIC03").remedy.command, "");
  EXPECT_EQ(machine.finding("NIC04").remedy.command, "");
}

TEST(Nic04, SoIsTheNicOfThisSshSession) {
  Machine machine;
  machine.add_nic(kE810, "0x8086", "0x159b", "ice", "ens1f0");
  EXPECT_THAT(machine.verdict("NIC04"), StartsWith("ok: "));
  // sudo takes the variable away: it is the parent that has it.
  machine.write("/proc/self/status", "Name:\tweir\nPPid:\t700\n");
  machine.write("/proc/700/environ",
                "HOME=/root\0SSH_CONNECTION=198.51.100.7 50000 198.51.100.1 22\0TERM=x\0"sv);
  machine.write("/proc/net/route",
                "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
                "eno1 00000000 010200C0 0003 0 0 0 00000000\n"
                "ens1f0 006433C6 00000000 0001 0 0 0 00FFFFFF\n");
  EXPECT_THAT(machine.verdict("NIC04"),
              HasSubstr("ens1f0 (0000:03:00.0) carries this ssh session"));
}

TEST(Nic04, AnIpv6SessionIsKnownByOurAddress) {
  Machine machine;
  machine.add_nic(kE810, "0x8086", "0x159b", "ice", "ens1f0");
  machine.write("/proc/self/environ",
                std::string("SSH_CONNECTION=2001:db8::7 50000 2001:db8::1 22"));
  machine.write("/proc/net/if_inet6", "20010db8000000000000000000000001 02 40 00 80   ens1f0\n");
  EXPECT_THAT(machine.verdict("NIC04"), HasSubstr("carries this ssh session"));
}

TEST(Nic05, AMellanoxNicStaysWithItsDriver) {
  Machine machine;
  machine.add_nic(kE810, "0x15b3", "0x1017", "vfio-pci", "");
  EXPECT_THAT(machine.verdict("NIC05"),
              AllOf(StartsWith("FAIL: port wan: 0000:03:00.0 is a Mellanox NIC"),
                    HasSubstr("driverctl unset-override 0000:03:00.0")));
  machine.bind(kE810, "mlx5_core");
  EXPECT_THAT(machine.verdict("NIC05"), HasSubstr("modprobe ib_uverbs"));
  machine.add_directory("/sys/class/infiniband_verbs/uverbs0");
  EXPECT_THAT(machine.verdict("NIC05"), HasSubstr("apt install ibverbs-providers"));
  machine.write("/etc/libibverbs.d/mlx5.driver", "driver mlx5\n");
  EXPECT_THAT(machine.verdict("NIC05"), StartsWith("ok: "));
  EXPECT_THAT(machine.verdict("NIC03"), StartsWith("ok: ")) << "it is shared with the kernel";
}

TEST(Nic06, AChipWithoutADriverGoesThroughTheKernel) {
  Machine machine;
  machine.add_nic(kE810, "0x10ec", "0x8168", "vfio-pci", "");
  EXPECT_THAT(machine.verdict("NIC06"),
              AllOf(StartsWith("FAIL: port wan: no installed driver of DPDK knows 10ec:8168"),
                    HasSubstr("net_af_packet0,iface=eth1")));
  machine.config.dpdk.eal_args = {"-d", "/opt/librte_net_r8168.so"};
  EXPECT_THAT(machine.verdict("NIC06"), StartsWith("warn: "));
}

TEST(Nic06, WhatADriverSaysOfItselfCountsToo) {
  Machine machine;
  machine.add_nic(kE810, "0x1425", "0x5401", "vfio-pci", "");
  machine.write(
      std::string(plugin_directory()) + "/librte_net_cxgbe.so.23",
      "\x7f"
      "ELF\0PMD_INFO_STRING= {\"name\": \"net_cxgbe\", \"pci_ids\": [[5157, 21505, 65535, "
      "65535]]}\0rest"sv);
  EXPECT_THAT(machine.verdict("NIC06"), HasSubstr("1425:5401 is driven by net_cxgbe"));
}

TEST(Nic07, AMissingDriverNamesItsPackage) {
  Machine machine;
  machine.remove(std::string(plugin_directory()) + "/librte_net_ice.so.23");
  EXPECT_EQ(machine.finding("NIC07").remedy.command, "apt install librte-net-ice23");
  machine.remove(std::string(plugin_directory()) + "/librte_bus_pci.so.23");
  EXPECT_EQ(machine.finding("NIC07").remedy.command, "apt install librte-bus-pci23");
  machine.use_device("net_memif0");
  EXPECT_EQ(machine.finding("NIC07").remedy.command, "apt install librte-net-memif23");
  machine.remove(std::string(plugin_directory()) + "/librte_mempool_ring.so.23");
  EXPECT_EQ(machine.finding("NIC07").remedy.command, "apt install librte-mempool-ring23");
}

TEST(Nic07, DebianSetsADigitOfTheNameApart) {
  EXPECT_EQ(package_of("net_e1000"), "librte-net-e1000-23");
  EXPECT_EQ(package_of("net_af_packet"), "librte-net-af-packet23");
}

TEST(Nic08, AVirtioNicTellsItsFeaturesWhileTheKernelHasIt) {
  Machine machine;
  EXPECT_THAT(machine.verdict("NIC08"), StartsWith("skip: "));
  machine.add_nic(kE810, "0x1af4", "0x1041", "virtio-pci", "eth0");
  std::string features(64, '0');
  machine.write(kPci + kE810 + "/virtio0/features", features);
  EXPECT_THAT(machine.verdict("NIC08"), AllOf(StartsWith("warn: "), HasSubstr("mq=on,rss=on")));
  features[22] = features[60] = '1';
  machine.write(kPci + kE810 + "/virtio0/features", features);
  EXPECT_THAT(machine.verdict("NIC08"), StartsWith("ok: "));
}

TEST(Nic09, ANarrowSlotIsALimit) {
  Machine machine;
  machine.write(kPci + kE810 + "/current_link_speed", "8.0 GT/s PCIe\n");
  machine.write(kPci + kE810 + "/current_link_width", "4\n");
  EXPECT_THAT(machine.verdict("NIC09"),
              HasSubstr("is in a slot of 8.0 GT/s x4: 31 Gb/s at most, the card could do 126"));
  machine.add_directory(kPci + kE810 + "/net/ens1f0");
  machine.write(kPci + kE810 + "/net/ens1f0/speed", "50000\n");
  EXPECT_THAT(machine.verdict("NIC09"), HasSubstr("31 Gb/s at most, the port is 50G"));
}

TEST(Nic09, AWorkerOnAnotherNodeIsSlower) {
  Machine machine;
  machine.config.workers.cpus = {1, 5};
  EXPECT_THAT(
      machine.verdict("NIC09"),
      AllOf(StartsWith("warn: port wan: 0000:03:00.0 is on NUMA node 0, the worker on CPU 5 "
                       "on node 1"),
            HasSubstr("[workers] cpus = auto, or some of 0-3")));
}

TEST(Nic12, AnEnaWithVfioIsSlow) {
  Machine machine;
  EXPECT_THAT(machine.verdict("NIC12"), StartsWith("skip: "));
  machine.add_nic(kE810, "0x1d0f", "0xec20", "vfio-pci", "");
  EXPECT_THAT(machine.verdict("NIC12"), StartsWith("warn: "));
  machine.bind(kE810, "igb_uio");
  EXPECT_THAT(machine.verdict("NIC12"), StartsWith("ok: "));
}

TEST(Nic13, AGroupThatIsOpenElsewhereNamesTheProgram) {
  Machine machine;
  machine.write("/proc/812/comm", "vpp\n");
  machine.link("/proc/812/fd/7", "/dev/vfio/24");
  const Finding taken = machine.finding("NIC13");
  EXPECT_EQ(taken.what, "port wan: 0000:03:00.0 is in use by pid 812 (vpp)");
  EXPECT_EQ(taken.exit_code, 75);
}

TEST(Iommu, ThatIsOffSaysWhatToEnable) {
  Machine machine;
  machine.remove("/sys/kernel/iommu_groups");
  machine.remove(kPci + kE810 + "/iommu_group");
  EXPECT_THAT(machine.verdict("IOM01"),
              AllOf(StartsWith("FAIL: port wan: IOMMU is off"), HasSubstr("intel_iommu=on")));
  machine.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
  EXPECT_THAT(machine.verdict("IOM01"), StartsWith("warn: "));
  machine.bind(kE810, "igb_uio");
  EXPECT_THAT(machine.verdict("IOM01"), StartsWith("skip: "));
}

TEST(Iommu, AGroupThatVfioMadeUpIsNoIommu) {
  Machine machine;
  machine.write("/sys/kernel/iommu_groups/24/name", "vfio-noiommu\n");
  machine.write("/dev/vfio/noiommu-24", "");
  machine.remove("/dev/vfio/24");
  EXPECT_THAT(machine.verdict("IOM01"), StartsWith("warn: port wan: IOMMU is off, and vfio does"));
  EXPECT_THAT(machine.verdict("SEC02"), StartsWith("ok: "));
  machine.write("/proc/812/comm", "vpp\n");
  machine.link("/proc/812/fd/7", "/dev/vfio/noiommu-24");
  EXPECT_THAT(machine.verdict("NIC13"), HasSubstr("is in use by pid 812 (vpp)"));
}

TEST(Iommu, AGroupWithADeviceOfTheKernelsIsNotViable) {
  Machine machine;
  machine.add_nic("0000:03:00.1", "0x8086", "0x159b", "ice", "ens1f1");
  machine.put_into_group("0000:03:00.1", "24");
  EXPECT_THAT(machine.verdict("IOM02"),
              AllOf(StartsWith("FAIL: port wan: 0000:03:00.0 shares IOMMU group 24 with "
                               "0000:03:00.1 (driver ice, interface ens1f1)"),
                    HasSubstr("driverctl set-override 0000:03:00.1 vfio-pci")));
  machine.bind("0000:03:00.1", "vfio-pci");
  EXPECT_THAT(machine.verdict("IOM02"), StartsWith("ok: "));
}

TEST(Iommu, AGroupWithTheDefaultRoutesNicOffersNoCommand) {
  Machine machine;
  machine.put_into_group("0000:01:00.0", "24");
  const Finding shared = machine.finding("IOM02");
  EXPECT_THAT(shared.what, HasSubstr("interface eno1, carries your default route"));
  EXPECT_EQ(shared.remedy.command, "");
}

TEST(Iommu, ABridgeInTheGroupIsHarmless) {
  Machine machine;
  machine.add_nic("0000:00:01.0", "0x8086", "0x1901", "shpchp", "");
  machine.write(kPci + "0000:00:01.0/class", "0x060400\n");
  machine.put_into_group("0000:00:01.0", "24");
  EXPECT_THAT(machine.verdict("IOM02"), StartsWith("ok: "));
}

TEST(Iommu, ADirectRegionOfTheFirmwareIsRefusedByVfio) {
  Machine machine;
  const std::string file = "/sys/kernel/iommu_groups/24/reserved_regions";
  machine.write(file,
                "0x00000000fee00000 0x00000000feefffff msi\n"
                "0x00000000000e8000 0x00000000000e8fff direct-relaxable\n");
  EXPECT_THAT(machine.verdict("IOM03"), StartsWith("ok: "));
  machine.write(file, "0x00000000000e8000 0x00000000000e8fff direct\n");
  EXPECT_THAT(machine.verdict("IOM03"),
              AllOf(StartsWith("FAIL: "), HasSubstr("0x00000000000e8000"), HasSubstr("RMRR")));
}

}  // namespace
}  // namespace weir::doctor::test
