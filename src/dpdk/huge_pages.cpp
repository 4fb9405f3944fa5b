// /sys/kernel/mm/hugepages/hugepages-<kB>kB/{nr,free}_hugepages.
#include "dpdk/huge_pages.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace weir {
namespace {

std::uint64_t read_number(const std::filesystem::path& file) {
  std::uint64_t number = 0;
  std::ifstream(file) >> number;
  return number;
}

}  // namespace

std::vector<HugePagePool> read_huge_pages(const std::string& sys) {
  static constexpr std::string_view kPrefix = "hugepages-";
  std::vector<HugePagePool> pools;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator(sys + "/kernel/mm/hugepages", none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kPrefix)) continue;
    pools.push_back({std::strtoull(name.c_str() + kPrefix.size(), nullptr, 10),
                     read_number(entry.path() / "nr_hugepages"),
                     read_number(entry.path() / "free_hugepages")});
  }
  std::sort(pools.begin(), pools.end(),
            [](const HugePagePool& a, const HugePagePool& b) { return a.page_kb < b.page_kb; });
  return pools;
}

Result<std::uint64_t> check_huge_pages(const std::vector<HugePagePool>& pools,
                                       std::uint64_t memory_mb) {
  std::uint64_t free_kb = 0, total_kb = 0;
  for (const HugePagePool& pool : pools) {
    free_kb += pool.free * pool.page_kb;
    total_kb += pool.total * pool.page_kb;
  }
  if (free_kb >= memory_mb * 1024) return free_kb / 1024;

  const std::uint64_t page_kb = pools.empty() ? 2048 : pools.front().page_kb;
  const std::uint64_t needed = (memory_mb * 1024 + page_kb - 1) / page_kb;
  const std::uint64_t taken_mb = (total_kb - std::min(free_kb, total_kb)) / 1024;
  std::string what = total_kb == 0
                         ? "no huge pages are reserved"
                         : "of " + std::to_string(total_kb / 1024) + " MB in huge pages " +
                               std::to_string(free_kb / 1024) + " MB are free";
  return Error{what + ", but weir needs " + std::to_string(memory_mb) + " MB (" +
               std::to_string(needed) + " pages of " + std::to_string(page_kb / 1024) +
               " MB); reserve them with: dpdk-hugepages.py -r " +
               std::to_string(memory_mb + taken_mb) +
               "M, or run without: [memory] hugepages = no (slower)"};
}

}  // namespace weir
