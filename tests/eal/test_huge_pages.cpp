// Huge pages are counted, and too few of them explained, before EAL is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dpdk/huge_pages.hpp"

namespace weir::test {

using ::testing::HasSubstr;

TEST(HugePages, AreReadFromSysfs) {
  const std::filesystem::path sys =
      std::filesystem::temp_directory_path() / ("weir-sys-" + std::to_string(getpid()));
  for (const auto& [size, total, free] :
       {std::tuple{"1048576", 2, 1}, std::tuple{"2048", 512, 100}}) {
    const auto pool = sys / "kernel/mm/hugepages" / ("hugepages-" + std::string(size) + "kB");
    std::filesystem::create_directories(pool);
    std::ofstream(pool / "nr_hugepages") << total << '\n';
    std::ofstream(pool / "free_hugepages") << free << '\n';
  }
  const auto pools = read_huge_pages(sys);
  std::filesystem::remove_all(sys);
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].page_kb, 2048U);
  EXPECT_EQ(pools[0].total, 512U);
  EXPECT_EQ(pools[0].free, 100U);
  EXPECT_EQ(pools[1].page_kb, 1048576U);
}

TEST(HugePages, EnoughIsEnough) {
  EXPECT_TRUE(check_huge_pages({{2048, 512, 100}}, 200).ok());
  EXPECT_FALSE(check_huge_pages({{2048, 512, 100}}, 201).ok());
  EXPECT_TRUE(check_huge_pages({{2048, 0, 0}, {1048576, 1, 1}}, 1024).ok());
}

TEST(HugePages, NoneReservedNamesPagesAndCommand) {
  EXPECT_EQ(check_huge_pages({{2048, 0, 0}, {1048576, 0, 0}}, 612).error().message,
            "no huge pages are reserved, but weir needs 612 MB (306 pages of 2 MB); reserve them "
            "with: dpdk-hugepages.py -r 612M, or run without: [memory] hugepages = no (slower)");
  EXPECT_FALSE(check_huge_pages({}, 1).ok());
}

TEST(HugePages, TakenOnesAreAddedToWhatMustBeReserved) {
  EXPECT_THAT(
      check_huge_pages({{2048, 512, 56}}, 612).error().message,
      HasSubstr("of 1024 MB in huge pages 112 MB are free, but weir needs 612 MB (306 pages "
                "of 2 MB); reserve them with: dpdk-hugepages.py -r 1524M"));
}

}  // namespace weir::test
