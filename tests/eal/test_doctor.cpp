// What the doctor foretells without DPDK and hwloc is what they then say.
#include <gtest/gtest.h>

#include "doctor/cpus.hpp"
#include "doctor/drivers.hpp"
#include "doctor/ports.hpp"
#include "eal/environment.hpp"
#include "runtime/topology.hpp"

namespace weir::test {

void expect_same_choice(const std::string& device) {
  Config config;
  config.ports.push_back({});
  config.ports[0].device = device;
  const auto plan = plan_cpus({}, {device});
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(doctor::automatic_cpus({doctor::Environment(), config}), plan.value().workers)
      << device;
}

TEST(Doctor, ForetellsTheCpusThatHwlocChooses) {
  expect_same_choice("net_tap0");
  const doctor::Environment env;
  for (const std::string& address : env.names("/sys/bus/pci/devices")) {
    const auto nic = doctor::read_nic(env, address);
    if (nic && nic->network) expect_same_choice(address);
  }
}

// The drivers say of themselves which chips they know; the table is a copy of that.
TEST(Doctor, ItsTableOfChipsAgreesWithTheDriversThatAreInstalled) {
  const doctor::Environment env;
  const std::pair<unsigned, unsigned> kSome[] = {
      {0x8086, 0x159b}, {0x8086, 0x1572}, {0x8086, 0x10fb}, {0x8086, 0x15f3},
      {0x15b3, 0x1017}, {0x1af4, 0x1041}, {0x1d0f, 0xec20}, {0x14e4, 0x1750}};
  for (const auto& [vendor, device] : kSome) {
    const std::string installed = doctor::installed_driver_of(env, vendor, device);
    const std::string_view known = doctor::common_driver_of(vendor, device);
    EXPECT_FALSE(known.empty()) << vendor << ':' << device;
    if (!installed.empty()) {
      EXPECT_EQ(installed, known);
    }
  }
}

}  // namespace weir::test
