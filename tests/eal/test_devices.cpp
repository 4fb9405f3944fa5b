// `device =` is read and checked before DPDK, which is silent about most mistakes, sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eal/environment.hpp"

namespace weir::test {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string complaint(const std::string& device) {
  const auto probed = Device::probe(eal(), device);
  return probed.ok() ? "" : probed.error().message;
}

TEST(Devargs, ANameThatIsNoDeviceListsTheKnownOnes) {
  for (const char* device : {"eth0", "", "net_tapx", "net_ice0", "99:00.0x", ",iface=a"}) {
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
            "net_tap0: interface name 'averyveryverylongname' is longer than 15 characters; a "
            "shorter iface=");
}

TEST(Device, AnInterfaceThatDoesNotExist) {
  EXPECT_THAT(complaint("net_af_packet0,iface=nosuch0"),
              AllOf(HasSubstr("net_af_packet0: there is no interface 'nosuch0'; there are: "),
                    HasSubstr("lo")));
  EXPECT_THAT(complaint("net_af_packet0"), HasSubstr("needs iface="));
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
