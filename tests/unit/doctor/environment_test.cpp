// Files of the kernel as values, and what is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/devargs.hpp"
#include "machine.hpp"

namespace weir::doctor::test {
namespace {

TEST(Lists, AreReadAndWrittenAsTheKernelDoes) {
  EXPECT_EQ(numbers_of("0-2,5\n"), (std::vector<unsigned>{0, 1, 2, 5}));
  EXPECT_EQ(numbers_of("7"), (std::vector<unsigned>{7}));
  for (const char* text : {"", "a", "1-", "2-1", "1,,2", "0-4294967295", "-1"}) {
    EXPECT_TRUE(numbers_of(text).empty()) << text;
  }
  EXPECT_EQ(list_of({0, 1, 2, 5, 7, 8}), "0-2,5,7,8");
  EXPECT_EQ(list_of({}), "");
}

TEST(Environment, WhatIsNotThereIsEmpty) {
  const Machine machine;
  EXPECT_EQ(machine.env.text("/none"), "");
  EXPECT_EQ(machine.env.number("/proc/mounts"), std::nullopt);
  EXPECT_EQ(machine.env.number("/sys/bus/pci/devices/0000:03:00.0/vendor"), 0x8086U);
  EXPECT_TRUE(machine.env.names("/none").empty());
  EXPECT_EQ(machine.env.link("/sys/bus/pci/devices/0000:03:00.0/driver"), "vfio-pci");
  EXPECT_EQ(machine.env.field("/proc/self/status", "PPid"), "1");
  EXPECT_EQ(machine.env.field("/proc/self/status", "Pid"), "");
}

TEST(Environment, AnEmptyTreeStopsNoCheck) {
  const Machine machine;
  const Environment nothing("/nonexistent");
  for (const Check& check : checks()) {
    if (check.examine == nullptr) continue;
    EXPECT_FALSE(check.examine({nothing, machine.config}).empty()) << check.id;
    EXPECT_FALSE(check.examine({nothing, Config{}}).empty()) << check.id;
  }
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

TEST(Devargs, TheFirstFindingKeepsADeviceFromStarting) {
  Machine machine;
  const auto sentence = [&](const char* device) {
    const auto found = find_unusable(parse_device(device).value(), machine.env);
    return found ? to_sentence(*found) : "";
  };
  EXPECT_EQ(sentence("03:00.0"), "");
  EXPECT_EQ(sentence("net_null0"), "");
  EXPECT_THAT(sentence("99:00.0"), ::testing::HasSubstr("there is no PCI device 0000:99:00.0"));
  EXPECT_THAT(sentence("01:00.0"), ::testing::HasSubstr("is still used by the kernel"));
  EXPECT_THAT(sentence("net_memif0"), ::testing::HasSubstr("apt install librte-net-memif23"));
}

}  // namespace
}  // namespace weir::doctor::test
