// The EAL touches no device that it was not told to, and its refusals are sentences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <thread>

#include "eal/environment.hpp"

namespace weir::test {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Eal, TakesNoDeviceByItself) {
  EXPECT_THAT(eal().arguments(), Contains("pci:0000:00:00.0"));
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
}

TEST(Eal, WithoutHugePagesSaysSo) {
  EXPECT_FALSE(eal().huge_pages());
  EXPECT_THAT(eal().arguments(), Contains("--no-huge"));
}

TEST(Eal, StartsOnceAProcess) {
  const auto second = Eal::start({.huge_pages = HugePageUse::no});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("starts only once"));
}

TEST(Eal, RequiredHugePagesThatAreNotThereAreASentenceWithTheCommand) {
  const auto none = Eal::start({.huge_pages = HugePageUse::required, .memory_mb = 4'000'000});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("needs 4000000 MB"));
  EXPECT_THAT(none.error().message, HasSubstr("hugepages-2048kB/nr_hugepages"));
}

TEST(Eal, AControlCpuThatIsNotOursIsASentence) {
  const auto none = Eal::start({.huge_pages = HugePageUse::no, .control_cpus = {1023}});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("CPU 1023"));
}

TEST(Eal, AnOrdinaryStartIsNotAlarming) {
  EXPECT_THAT(log_lines(), Not(Contains(StartsWith("2 "))));  // warnings
  EXPECT_THAT(log_lines(), Not(Contains(StartsWith("3 "))));  // errors
}

TEST(WorkerLcore, GivesAThreadOfOursANumberOfDpdks) {
  std::thread([] {
    EXPECT_EQ(WorkerLcore::id(), static_cast<unsigned>(LCORE_ID_ANY));
    {
      const WorkerLcore lcore;
      EXPECT_TRUE(lcore.registered());
      EXPECT_LT(WorkerLcore::id(), static_cast<unsigned>(RTE_MAX_LCORE));
    }
    EXPECT_EQ(WorkerLcore::id(), static_cast<unsigned>(LCORE_ID_ANY));
  }).join();
}

}  // namespace weir::test
