#include "dpdk/eal_messages.hpp"

#include <array>

namespace weir {
namespace {

constexpr auto kCalm = EalLogLevel::debug;
constexpr auto kWarn = EalLogLevel::warn;
constexpr auto kFatal = EalLogLevel::error;

constexpr auto kMessages = std::to_array<EalMessage>({
    // What frightens without need (f-stack#357 and its like).
    {"FATAL: ", kCalm, "", "printed beside DPDK's log, which says the same"},
    {"hugepages reported", kCalm, "HP01", "another page size has none"},
    {"but no mounted hugetlbfs found", kCalm, "HP04", "weir takes huge pages without files"},
    {"In-memory mode enabled, hugepages", kCalm, "HP04", "as it should be"},
    {"Using memfd is not supported", kCalm, "", "huge pages are mapped in another way"},
    {"Physical addresses are unavailable", kCalm, "", "they are not needed"},
    {"Static memory layout is selected", kCalm, "", "always so without huge pages"},
    {"Detected CPU lcores", kCalm, "", ""},
    {"Detected NUMA nodes", kCalm, "", ""},
    {"Detected shared linkage of DPDK", kCalm, "", ""},
    {"Detected static linkage of DPDK", kCalm, "", ""},
    {"Selected IOVA mode", kCalm, "", ""},
    {"VFIO support initialized", kCalm, "", ""},
    {"Probing VFIO support", kCalm, "", ""},
    {"VFIO modules not loaded", kCalm, "", "no port needs them, or the doctor has said so"},
    {"Multi-process socket", kCalm, "", ""},
    {"No legacy callbacks", kCalm, "", "of telemetry, which is off"},
    {"TSC frequency estimated roughly", kCalm, "CPU06", "usual in a virtual machine"},
    {"virtual address hint", kCalm, "", "matters to secondary processes only"},
    {"cause issues with mapping memory into secondary", kCalm, "", "there are none"},
    {"mempolicy: Operation not permitted", kCalm, "SEC02",
     "a container forbids it; memory of any "
     "node is taken"},
    {"qdisc", kCalm, "", "net_tap: only flow rules need it"},
    {"Disabling rte flow support", kCalm, "", "net_tap: flow rules are not used"},
    {"req to secondary", kCalm, "", "net_tap: there are no secondary processes"},
    {"register mp action", kCalm, "", "net_memif: there are no secondary processes"},
    {"Intr handle unset", kCalm, "", "asked whether a port has receive interrupts"},
    {"Intr vector unset", kCalm, "", "asked whether a port has receive interrupts"},

    {"Error creating '", kCalm, "RUN03", "weir needs no file there"},
    {"No DPDK runtime directory created", kCalm, "RUN03", "weir needs no file there"},

    // What is fatal, or will be.
    {"Cannot get hugepage information", kFatal, "HP01",
     "DPDK finds no huge page that it could use"},
    {"Cannot mmap more hugepages", kFatal, "HP03",
     "huge pages that were free a moment ago are taken by another program"},
    {"Failed to lock hugepage directory", kFatal, "HP05",
     "DPDK may not open the directory of a hugetlbfs mount"},
    {"Unable to open hugepage directory", kFatal, "HP05",
     "DPDK may not open the directory of a hugetlbfs mount"},
    {"Not enough memory available", kFatal, "HP06",
     "there is less memory than was asked for: lower [memory] mbufs"},
    {"DMA remapping, error 12", kFatal, "MEM01",
     "VFIO may not lock that much memory: raise the limit (LimitMEMLOCK=infinity)"},
    {"DMA remapping, error 28", kFatal, "MEM02",
     "VFIO has no room for more mappings: raise dma_entry_limit or use pages of 1 GB"},
    {"No supported IOMMU extensions found", kFatal, "IOM01", "the IOMMU is off"},
    {"VFIO group is not viable", kFatal, "IOM02",
     "the kernel uses another device of the same IOMMU group"},
    {"VFIO group to container, error 22", kFatal, "IOM03",
     "VFIO refuses the device: the firmware demands fixed mappings for its slot"},
    {"Could not get loaded module details", kFatal, "SEC02",
     "there is no /sys/module: bind it into the container"},
    {"failed to parse device", kFatal, "NIC02", "DPDK does not understand the name of a device"},
    {"Not managed by a supported kernel driver", kFatal, "NIC03",
     "the kernel's driver has not let go of the NIC"},
    {"Requested device ", kFatal, "NIC03",
     "DPDK cannot use the device, for the reason given before"},
    {"are kernel drivers loaded", kFatal, "NIC05",
     "a Mellanox NIC has lost the kernel's driver, through which DPDK reaches it"},
    {"is ib_uverbs loaded", kFatal, "NIC05", "the module ib_uverbs is not loaded"},
    {"Cannot open /dev/vfio/", kFatal, "NIC13",
     "VFIO does not give the NIC away: another program has it, or this user may not"},
    {"invalid rss_hf", kWarn, "NIC08", "the NIC hashes less than was asked for"},
    {"RSS support requested but not supported", kWarn, "NIC08", "the virtual NIC has no RSS"},
    {"invalid core list", kFatal, "CPU01", "a CPU is named that this process may not use"},
    {"invalid parameter for --lcores", kFatal, "CPU01",
     "a CPU is named that this process may not use"},
    {"RTE_MAX_LCORE", kFatal, "CPU02",
     "DPDK numbers 128 threads: leave the numbering to weir (no -l or -c in [dpdk] eal-args)"},
    {"Is another primary process running", kFatal, "RUN01",
     "another program of DPDK has the same --file-prefix"},
    {"Cannot create runtime directory", kFatal, "RUN03",
     "DPDK may not make its directory below /run or $RUNTIME_DIRECTORY"},
    {"TAP invalid remote interface name", kFatal, "RUN02", "iface= is longer than 15 characters"},
    {"Unable to open /dev/net/tun", kFatal, "RUN02", "/dev/net/tun cannot be opened"},
    {"Unable to set TUNSETIFF", kFatal, "RUN02",
     "the tap interface cannot be made: it exists already, or CAP_NET_ADMIN is missing"},
    {"Invalid 'command line' arguments", kFatal, "",
     "DPDK refuses an argument: see [dpdk] eal-args"},
});

}  // namespace

std::span<const EalMessage> eal_messages() noexcept { return kMessages; }

const EalMessage* eal_message_for(std::string_view line) noexcept {
  for (const EalMessage& message : kMessages) {
    if (line.find(message.piece) != std::string_view::npos) return &message;
  }
  return nullptr;
}

EalLogLevel deserved_level(EalLogLevel said, std::string_view line) noexcept {
  const EalMessage* const message = eal_message_for(line);
  return message == nullptr ? said : message->level;
}

std::string_view without_component(std::string_view line) noexcept {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || colon > 40) return line;
  const std::string_view component = line.substr(0, colon);
  if (component.find(' ') != std::string_view::npos) return line;
  return line.substr(colon + 2);
}

std::string translated(std::string_view line) {
  const EalMessage* const message = eal_message_for(line);
  if (message == nullptr) return std::string(line);
  const std::string words(without_component(line)), text(message->text);
  if (message->level < EalLogLevel::warn) {
    return text.empty() ? words : words + " (harmless: " + text + ")";
  }
  const std::string id = message->id.empty() ? "" : std::string(message->id) + "; ";
  return text + " (" + id + "DPDK says \"" + words + "\")";
}

}  // namespace weir
