// Huge pages of the machine, read from sysfs before EAL is asked for them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "doctor/check.hpp"

namespace weir::doctor {

/// Pages of one size.
struct HugePagePool {
  std::uint64_t page_kb = 0, total = 0, free = 0;
};
using HugePagePools = std::vector<HugePagePool>;

/// Every page size the kernel offers, smallest first; none when it offers none.
[[nodiscard]] HugePagePools read_huge_pages(const Environment& env);
/// The same of each NUMA node.
[[nodiscard]] std::map<int, HugePagePools> read_huge_pages_of_nodes(const Environment& env);

[[nodiscard]] std::uint64_t free_mb(const HugePagePools& pools) noexcept;
[[nodiscard]] std::uint64_t total_mb(const HugePagePools& pools) noexcept;

/// Whether `memory_mb` fit into the free pages; else how many pages are needed, how many there are,
/// and the command that reserves them (on `node` unless it is negative).
[[nodiscard]] std::optional<Finding> find_too_few_huge_pages(const HugePagePools& pools,
                                                             std::uint64_t memory_mb,
                                                             int node = -1);

}  // namespace weir::doctor
