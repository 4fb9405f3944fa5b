// What is kept of DPDK's chatter.
#include <gtest/gtest.h>
#include <rte_log.h>

#include "eal/environment.hpp"

namespace weir::test {

TEST(EalLog, DemotesWhatFrightensWithoutNeed) {
  EXPECT_EQ(
      deserved_level(EalLogLevel::warn, "EAL: No free 1048576 kB hugepages reported on node 0"),
      EalLogLevel::debug);
  EXPECT_EQ(deserved_level(EalLogLevel::error, "qdisc_create_multiq(): Could not add multiq qdisc"),
            EalLogLevel::debug);
  EXPECT_EQ(deserved_level(EalLogLevel::error, "EAL: Cannot open /dev/vfio/3"), EalLogLevel::error);
}

TEST(EalLog, QuotesTheComplaintsSinceAMarkWithoutTheirComponent) {
  const EalLog& log = eal().log();
  const std::uint64_t mark = log.mark();
  EXPECT_EQ(log.blame("it fails", mark), "it fails");
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: the first\n");
  rte_log(RTE_LOG_INFO, RTE_LOGTYPE_EAL, "EAL: no complaint\n");
  rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, "some_function(): the second\n");
  EXPECT_EQ(log.complaints_since(mark), "the first; the second");
  EXPECT_EQ(log.blame("it fails", mark), "it fails: DPDK says \"the first; the second\"");
  EXPECT_EQ(log.complaints_since(log.mark()), "");
}

TEST(EalLog, BlamesWhatTheTableKnowsInItsOwnWords) {
  const EalLog& log = eal().log();
  const std::uint64_t mark = log.mark();
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: something else\n");
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: Cannot get hugepage information.\n");
  EXPECT_EQ(log.blame("it fails", mark),
            "it fails: DPDK finds no huge page that it could use (HP01; DPDK says \"Cannot get "
            "hugepage information.\")");
}

TEST(EalLog, QuotesTheLastThree) {
  const EalLog& log = eal().log();
  const std::uint64_t mark = log.mark();
  for (int i = 1; i <= 5; ++i) rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: n%d\n", i);
  EXPECT_EQ(log.complaints_since(mark), "n3; n4; n5");
}

TEST(EalLog, PutsALineTogetherFromItsPieces) {
  const std::uint64_t mark = eal().log().mark();
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: one ");
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "line\n");
  EXPECT_EQ(eal().log().complaints_since(mark), "one line");
}

}  // namespace weir::test
