// The huge pages of this machine, as the kernel counts them.
#pragma once

#include <cstdint>
#include <vector>

namespace weir {

struct HugePagesOfNode {
  unsigned node = 0;             ///< NUMA
  std::uint64_t page_bytes = 0;  ///< 2 MB or 1 GB
  std::uint64_t pages = 0, free = 0;
};

/// One entry a node and page size, those without pages too; from /sys, any thread.
[[nodiscard]] std::vector<HugePagesOfNode> huge_pages_of_kernel();

}  // namespace weir
