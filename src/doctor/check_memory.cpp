// MEM01, MEM02: what VFIO must pin so that a NIC can reach it.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/cpus.hpp"
#include "doctor/huge_pages.hpp"
#include "doctor/memory_need.hpp"
#include "doctor/ports.hpp"
#include "doctor/processes.hpp"

namespace weir::doctor {
namespace {

/// "Max locked memory  SOFT HARD bytes", in bytes; nothing when there is no limit.
std::optional<std::uint64_t> locked_memory_limit(const Environment& env) {
  static constexpr std::string_view kName = "Max locked memory";
  for (const std::string& line : env.lines("/proc/self/limits")) {
    if (!line.starts_with(kName)) continue;
    const auto words = words_of(line.substr(kName.size()));
    if (words.empty() || words[0] == "unlimited") return std::nullopt;
    return std::strtoull(words[0].c_str(), nullptr, 10);
  }
  return std::nullopt;
}

std::uint64_t needed_mb(const Subject& subject) {
  return memory_need(subject.config, std::max<std::size_t>(worker_cpus(subject).size(), 1)).mb;
}

}  // namespace

Findings memory_may_be_locked(const Subject& subject) {
  if (!uses_vfio(subject)) return {skip("no port's NIC is bound to vfio-pci")};
  if (has_capability(subject.env, kCapIpcLock)) {
    return {ok("this process may lock memory without limit (CAP_IPC_LOCK)")};
  }
  const auto limit = locked_memory_limit(subject.env);
  const std::uint64_t need = needed_mb(subject);
  if (!limit) return {ok("the limit of locked memory is off")};
  if (*limit >> 20 >= need) return {ok(fmt::format("{} MB may be locked", *limit >> 20))};
  return {fail(fmt::format("the limit of locked memory is {} MB, and VFIO must pin {} MB",
                           *limit >> 20, need),
               {"",
                "unit: LimitMEMLOCK=infinity; docker: --ulimit memlock=-1; shell: ulimit -l "
                "unlimited, as root"},
               kNoPermission)};
}

Findings vfio_has_room_for_mappings(const Subject& subject) {
  static constexpr std::string_view kFile =
      "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
  if (!uses_vfio(subject)) return {skip("no port's NIC is bound to vfio-pci")};
  if (subject.config.memory.hugepages == HugePages::no) return {skip("[memory] hugepages = no")};
  const auto limit = subject.env.number(kFile);
  if (!limit) return {skip("the module vfio_iommu_type1 is not loaded")};
  const auto pools = read_huge_pages(subject.env);
  std::uint64_t page_kb = 0;  // of the largest pages that there are: EAL takes those first
  for (const HugePagePool& pool : pools) page_kb = pool.total == 0 ? page_kb : pool.page_kb;
  if (page_kb == 0) return {skip("no huge pages are reserved")};
  const std::uint64_t mappings = needed_mb(subject) * 1024 / page_kb;
  if (mappings <= *limit) {
    return {ok(fmt::format("VFIO needs {} of its {} mappings", mappings, *limit))};
  }
  return {fail(fmt::format("VFIO would need {} mappings of {} MB and may have {}", mappings,
                           page_kb / 1024, *limit),
               {fmt::format("echo {} > {}", mappings * 2, kFile), "or reserve pages of 1 GB"})};
}

}  // namespace weir::doctor
