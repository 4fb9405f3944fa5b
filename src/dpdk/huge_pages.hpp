// Huge pages of the machine, read from sysfs before EAL is asked for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir {

/// Pages of one size.
struct HugePagePool {
  std::uint64_t page_kb = 0, total = 0, free = 0;
};

/// Every page size the kernel offers, smallest first; none when it offers none. `sys` is for tests.
[[nodiscard]] std::vector<HugePagePool> read_huge_pages(const std::string& sys = "/sys");

/// Whether `memory_mb` fit into the free pages; else a sentence with how many pages are needed, how
/// many there are, and the command that reserves them.
[[nodiscard]] Result<std::uint64_t> check_huge_pages(const std::vector<HugePagePool>& pools,
                                                     std::uint64_t memory_mb);

}  // namespace weir
