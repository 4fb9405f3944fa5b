// Each row of the table by a line that DPDK 22.11 really prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "doctor/check.hpp"
#include "dpdk/eal_messages.hpp"

namespace weir::test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// In the table's order, one a row at least.
constexpr std::string_view kHarmless[] = {
    "EAL: FATAL: Cannot get hugepage information.",
    "EAL: No free 1048576 kB hugepages reported on node 0",
    "EAL: No available 1048576 kB hugepages reported",
    "EAL: WARNING! Base virtual address hint (0x100005000 != 0x7f0000000000) not respected!",
    "EAL:    This may cause issues with mapping memory into secondary processes",
    "EAL: 4096 hugepages of size 2097152 reserved, but no mounted hugetlbfs found for that size",
    "EAL: In-memory mode enabled, hugepages of size 2097152 bytes will be allocated anonymously",
    "EAL: Using memfd is not supported, falling back to anonymous hugepages",
    "EAL: VFIO modules not loaded, skipping VFIO support...",
    "EAL: Physical addresses are unavailable, selecting IOVA as VA mode.",
    "EAL: Static memory layout is selected, amount of reserved memory can be adjusted with -m or "
    "--socket-mem",
    "EAL: Detected CPU lcores: 2",
    "EAL: Detected NUMA nodes: 1",
    "EAL: Detected shared linkage of DPDK",
    "EAL: Detected static linkage of DPDK",
    "EAL: Selected IOVA mode 'VA'",
    "EAL: VFIO support initialized",
    "EAL: Probing VFIO support...",
    "EAL: Multi-process socket /var/run/dpdk/rte/mp_socket",
    "TELEMETRY: No legacy callbacks, legacy socket not created",
    "EAL: WARNING: TSC frequency estimated roughly - clock timings may be less accurate.",
    "EAL: Failed to get current mempolicy: Operation not permitted. Assuming MPOL_DEFAULT.",
    "EAL: get_seg_fd(): get_mempolicy: Operation not permitted",
    "tap_mp_req_start_rxtx(): Failed to send start req to secondary 1",
    "qdisc_create_multiq(): Could not add multiq qdisc (2): No such file or directory",
    "eth_dev_tap_create():  Disabling rte flow support: weir0(2)",
    "rte_pmd_memif_probe(): Failed to register mp action callback: Operation not supported",
    "EAL: Intr handle unset",
    "EAL: Intr vector unset",
    "EAL: Error creating '/var/run/dpdk/weir-4711': Read-only file system",
    "EAL: No DPDK runtime directory created",
};

struct Fatal {
  std::string_view line, id;
};
constexpr Fatal kFatal[] = {
    {"EAL: Cannot get hugepage information.", "HP01"},
    {"EAL: SIGBUS: Cannot mmap more hugepages of size 2 MB", "HP03"},
    {"EAL: Failed to lock hugepage directory!", "HP05"},
    {"EAL: Unable to open hugepage directory /dev/hugepages", "HP05"},
    {"EAL: Not enough memory available! Requested: 99999MB, available: 8192MB", "HP06"},
    {"EAL: Not enough memory available on socket 0! Requested: 512MB, available: 0MB", "HP06"},
    {"EAL: Cannot set up DMA remapping, error 12 (Cannot allocate memory)", "MEM01"},
    {"EAL: Cannot set up DMA remapping, error 28 (No space left on device)", "MEM02"},
    {"EAL: No supported IOMMU extensions found!", "IOM01"},
    {"EAL: Could not get loaded module details!", "SEC02"},
    {"EAL: 0000:44:00.3 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or "
     "unbound",
     "IOM02"},
    {"EAL: 0000:03:00.0 cannot add VFIO group to container, error 22 (Invalid argument)", "IOM03"},
    {"EAL: failed to parse device \"99:00.0x\"", "NIC02"},
    {"EAL:   Not managed by a supported kernel driver, skipped", "NIC03"},
    {"EAL: Requested device 0000:03:00.0 cannot be used", "NIC03"},
    {"mlx5_common: No Verbs device matches PCI device 0000:3b:00.0, are kernel drivers loaded?",
     "NIC05"},
    {"net_mlx4: cannot list devices, is ib_uverbs loaded?", "NIC05"},
    {"EAL: Cannot open /dev/vfio/151: Device or resource busy", "NIC13"},
    {"Ethdev port_id=0 invalid rss_hf: 0x7ef8, valid value: 0x0", "NIC08"},
    {"virtio_dev_configure(): RSS support requested but not supported by the device", "NIC08"},
    {"EAL: invalid core list, please check specified cores are part of 0-1", "CPU01"},
    {"EAL: invalid parameter for --lcores", "CPU01"},
    {"EAL: lcore 169 >= RTE_MAX_LCORE (128)", "CPU02"},
    {"EAL: Cannot create lock on '/var/run/dpdk/rte/config'. Is another primary process running?",
     "RUN01"},
    {"EAL: Cannot create runtime directory", "RUN03"},
    {"eth_dev_tap_create(): TAP invalid remote interface name (averyveryverylongname)", "RUN02"},
    {"tun_alloc(): Unable to open /dev/net/tun interface", "RUN02"},
    {"tun_alloc(): Unable to set TUNSETIFF for weir0: Device or resource busy", "RUN02"},
    {"EAL: Invalid 'command line' arguments.", ""},
};

TEST(EalMessages, CalmTheHarmless) {
  for (const std::string_view line : kHarmless) {
    EXPECT_EQ(deserved_level(EalLogLevel::error, line), EalLogLevel::debug) << line;
    const EalMessage* const message = eal_message_for(line);
    ASSERT_NE(message, nullptr) << line;
    const std::string why = " (harmless: " + std::string(message->text) + ")";
    EXPECT_EQ(translated(line),
              std::string(without_component(line)) + (message->text.empty() ? "" : why));
  }
}

TEST(EalMessages, TranslateTheFatalAndKeepDpdksWords) {
  for (const auto& [line, id] : kFatal) {
    const EalMessage* const message = eal_message_for(line);
    ASSERT_NE(message, nullptr) << line;
    EXPECT_EQ(message->id, id) << line;
    EXPECT_GE(deserved_level(EalLogLevel::debug, line), EalLogLevel::warn) << line;
    const std::string text = translated(line);
    EXPECT_THAT(text, StartsWith(std::string(message->text))) << line;
    EXPECT_THAT(text, HasSubstr("DPDK says \"" + std::string(without_component(line)) + "\""));
    EXPECT_THAT(text, HasSubstr(std::string(id))) << line;
  }
}

TEST(EalMessages, EachRowHasALineHere) {
  std::set<const EalMessage*> met;
  for (const std::string_view line : kHarmless) met.insert(eal_message_for(line));
  for (const auto& [line, id] : kFatal) met.insert(eal_message_for(line));
  for (const EalMessage& message : eal_messages()) {
    EXPECT_TRUE(met.contains(&message)) << message.piece;
  }
}

TEST(EalMessages, NameChecksThatExist) {
  for (const EalMessage& message : eal_messages()) {
    EXPECT_TRUE(message.id.empty() || doctor::check_named(message.id) != nullptr) << message.id;
    EXPECT_TRUE(message.level == EalLogLevel::debug || !message.text.empty()) << message.piece;
  }
}

TEST(EalMessages, WhatIsNotInTheTableStaysAsItIs) {
  EXPECT_EQ(translated("EAL: something else"), "EAL: something else");
  EXPECT_EQ(deserved_level(EalLogLevel::warn, "EAL: something else"), EalLogLevel::warn);
  EXPECT_EQ(eal_message_for(""), nullptr);
}

}  // namespace weir::test
