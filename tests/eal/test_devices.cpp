// `device =` is read and checked before DPDK, which is silent about most mistakes, sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dpdk/devargs.hpp"
#include "dpdk/pci_device.hpp"
#include "eal/environment.hpp"

namespace weir::test {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::string complaint(const std::string& device, const DeviceWorld& world = {}) {
  const auto probed = Device::probe(eal(), device, world);
  return probed.ok() ? "" : probed.error().message;
}

/// A machine with two NICs and a Mellanox one bound to vfio-pci, as sysfs shows it.
class FakeMachine : public ::testing::Test {
 protected:
  FakeMachine() {
    add("0000:03:00.0", "0x020000", "0x8086", "ice", "ens1f0");
    add("0000:04:00.0", "0x020000", "0x8086", "vfio-pci", "");
    add("0000:05:00.0", "0x020000", "0x15b3", "vfio-pci", "");
    add("0000:06:00.0", "0x020000", "0x15b3", "mlx5_core", "ens2");
    add("0000:07:00.0", "0x020000", "0x8086", "", "");
    add("0000:00:1f.2", "0x010601", "0x8086", "ahci", "");
  }
  ~FakeMachine() override { fs::remove_all(sys); }

  void add(const std::string& address, const std::string& device_class, const std::string& vendor,
           const std::string& driver, const std::string& interface) {
    const fs::path device = sys / "bus/pci/devices" / address;
    fs::create_directories(device);
    std::ofstream(device / "class") << device_class << '\n';
    std::ofstream(device / "vendor") << vendor << '\n';
    if (!driver.empty()) fs::create_symlink("../../drivers/" + driver, device / "driver");
    if (!interface.empty()) fs::create_directories(device / "net" / interface);
  }
  std::string check(const std::string& address) {
    const auto error = check_pci_device(address, sys);
    return error ? error->message : "";
  }
  const fs::path sys = fs::temp_directory_path() / ("weir-pci-" + std::to_string(getpid()));
};

TEST(PciAddress, GetsItsDomain) {
  EXPECT_EQ(canonical_pci_address("03:00.0"), "0000:03:00.0");
  EXPECT_EQ(canonical_pci_address("0001:AF:1f.7"), "0001:af:1f.7");
  for (const char* text : {"", "3:00.0", "03:00", "0000:03:00.8", "0000:03:0g.0", "net_tap0"}) {
    EXPECT_FALSE(canonical_pci_address(text)) << text;
  }
}

TEST_F(FakeMachine, ANicThatIsReadyIsAccepted) {
  EXPECT_EQ(check("0000:04:00.0"), "");
  EXPECT_EQ(check("0000:06:00.0"), "") << "mlx5 shares the NIC with the kernel";
}

TEST_F(FakeMachine, AMissingNicListsTheOthers) {
  EXPECT_EQ(check("0000:99:00.0"),
            "there is no PCI device 0000:99:00.0; network devices in this machine: 0000:03:00.0 "
            "(driver ice, interface ens1f0), 0000:04:00.0 (driver vfio-pci), 0000:05:00.0 (driver "
            "vfio-pci), 0000:06:00.0 (driver mlx5_core, interface ens2), 0000:07:00.0 (no driver)");
}

TEST_F(FakeMachine, ANicOfTheKernelsNamesTheCommand) {
  EXPECT_EQ(
      check("0000:03:00.0"),
      "0000:03:00.0 is still used by the kernel (driver ice, interface ens1f0); if no address "
      "and no route of this machine needs it: driverctl set-override 0000:03:00.0 vfio-pci "
      "(undo: driverctl unset-override 0000:03:00.0)");
  EXPECT_THAT(check("0000:07:00.0"), HasSubstr("bound to no driver"));
  EXPECT_THAT(check("0000:05:00.0"), HasSubstr("driverctl unset-override 0000:05:00.0"));
}

TEST_F(FakeMachine, AVirtioNicNamesItsInterfaceToo) {
  add("0000:08:00.0", "0x020000", "0x1af4", "virtio-pci", "");
  fs::create_directories(sys / "bus/pci/devices/0000:08:00.0/virtio0/net/eth0");
  EXPECT_THAT(check("0000:08:00.0"), HasSubstr("(driver virtio-pci, interface eth0)"));
}

TEST_F(FakeMachine, ADiskIsNoNic) {
  EXPECT_THAT(check("0000:00:1f.2"), HasSubstr("0000:00:1f.2 is no network device; those in"));
}

TEST(Devargs, AreTakenApartAndPutTogether) {
  const auto parsed = parse_device("net_pcap0,rx_pcap=/tmp/a=b,tx_pcap=");
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed.value().pci);
  EXPECT_EQ(parsed.value().value("rx_pcap"), "/tmp/a=b");
  EXPECT_EQ(parsed.value().value("tx_pcap"), "");
  EXPECT_EQ(parsed.value().value("iface"), std::nullopt);
  EXPECT_EQ(parsed.value().text(), "net_pcap0,rx_pcap=/tmp/a=b,tx_pcap=");
  EXPECT_EQ(parse_device("03:00.0,queues=2").value().text(), "0000:03:00.0,queues=2");
}

TEST(Devargs, ANameThatIsNoDeviceListsTheKnownOnes) {
  for (const char* device :
       {"eth0", "", "net_tap", "net_tapx", "net_ice0", "99:00.0x", ",iface=a"}) {
    EXPECT_THAT(complaint(device),
                AllOf(HasSubstr("is neither a PCI address like 0000:03:00.0 nor one of net_tap0, "),
                      HasSubstr(", net_pcap0")))
        << device;
  }
}

TEST(Devargs, AParameterWithoutValueIsASentence) {
  EXPECT_EQ(complaint("net_tap0,weir0"),
            "device 'net_tap0,weir0': 'weir0' is no parameter; write key=value after each comma");
  EXPECT_THAT(complaint("net_tap0,"), HasSubstr("'' is no parameter"));
  EXPECT_THAT(complaint("net_tap0,=a"), HasSubstr("'=a' is no parameter"));
}

TEST(Device, ATapInterfaceNameThatIsTooLong) {
  EXPECT_EQ(complaint("net_tap0,iface=averyveryverylongname"),
            "net_tap0: interface name 'averyveryverylongname' is longer than 15 characters");
}

TEST(Device, ATapWithoutTun) {
  EXPECT_THAT(complaint("net_tap0,iface=weir0", {.tun = "/nonexistent/tun"}),
              HasSubstr("there is no /nonexistent/tun; load the module (modprobe tun)"));
}

TEST(Device, AnInterfaceThatDoesNotExist) {
  EXPECT_THAT(complaint("net_af_packet0,iface=nosuch0"),
              AllOf(HasSubstr("net_af_packet0: there is no interface 'nosuch0'; there are: "),
                    HasSubstr("lo")));
  EXPECT_THAT(complaint("net_af_packet0"), HasSubstr("needs iface="));
}

TEST(Device, ACaptureFileThatCannotBeReadOrWritten) {
  EXPECT_EQ(
      complaint("net_pcap0,rx_pcap=/nonexistent.pcap"),
      "net_pcap0: cannot read the capture file '/nonexistent.pcap': No such file or directory");
  EXPECT_EQ(complaint("net_pcap0,tx_pcap=/nonexistent/out.pcap"),
            "net_pcap0: cannot write the capture file '/nonexistent/out.pcap': No such file or "
            "directory");
  EXPECT_THAT(complaint("net_pcap0"), HasSubstr("needs rx_pcap= or tx_pcap="));
}

TEST(Device, AVirtualMachinesSocketThatIsNotThere) {
  EXPECT_THAT(complaint("virtio_user0,path=/nonexistent.sock"),
              HasSubstr("there is no '/nonexistent.sock'"));
  EXPECT_THAT(complaint("virtio_user0"), HasSubstr("needs path="));
  EXPECT_THAT(complaint("net_vhost0"), HasSubstr("needs iface="));
}

TEST(Device, ADriverThatIsNotInstalledNamesItsPackage) {
  const fs::path empty = fs::temp_directory_path() / ("pmds-23.0-" + std::to_string(getpid()));
  fs::create_directories(empty);
  const DeviceWorld world{.plugins = empty};
  EXPECT_THAT(complaint("net_tap0", world), HasSubstr("apt install librte-bus-vdev23"));
  EXPECT_THAT(complaint("03:00.0", world), HasSubstr("apt install librte-bus-pci23"));
  std::ofstream(empty / "librte_bus_vdev.so.23");
  EXPECT_EQ(complaint("net_af_packet0,iface=lo", world),
            "the driver net_af_packet is not installed (no " + empty.string() +
                "/librte_net_af_packet.so.23); apt install librte-net-af-packet23");
  fs::remove_all(empty);
}

TEST(Device, WhatOnlyTheDriverKnowsIsQuotedFromIt) {
  EXPECT_THAT(complaint("net_pcap0,rx_pcap=/dev/null"),
              AllOf(HasSubstr("device net_pcap0,rx_pcap=/dev/null does not start"),
                    HasSubstr("DPDK says")));
  EXPECT_THAT(complaint("net_null0,nosuchkey=1"), HasSubstr("nosuchkey"));
}

TEST(Device, TwoPortsCannotHaveTheSame) {
  const auto first = Device::probe(eal(), "net_null0");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(complaint("net_null0"), "device net_null0 is used by another port");
}

TEST(Device, IsGoneWhenItsOwnerIs) {
  for (int i = 0; i < 3; ++i) {
    const auto device = Device::probe(eal(), "net_null0");
    ASSERT_TRUE(device.ok()) << device.error().message;
    EXPECT_EQ(device.value().driver(), "net_null");
    EXPECT_TRUE(device.value().limits().software);
  }
}

}  // namespace weir::test
