// /sys/kernel/mm/hugepages/hugepages-<kB>kB/{nr,free}_hugepages, and the same below each node.
#include "doctor/huge_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace weir::doctor {
namespace {

constexpr std::string_view kPools = "/sys/kernel/mm/hugepages";
constexpr std::string_view kNodes = "/sys/devices/system/node";

HugePagePools pools_in(const Environment& env, std::string_view directory) {
  static constexpr std::string_view kPrefix = "hugepages-";
  HugePagePools pools;
  for (const std::string& name : env.names(directory)) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string pool = fmt::format("{}/{}", directory, name);
    pools.push_back({std::strtoull(name.c_str() + kPrefix.size(), nullptr, 10),
                     env.number(pool + "/nr_hugepages").value_or(0),
                     env.number(pool + "/free_hugepages").value_or(0)});
  }
  std::sort(pools.begin(), pools.end(),
            [](const HugePagePool& a, const HugePagePool& b) { return a.page_kb < b.page_kb; });
  return pools;
}

}  // namespace

HugePagePools read_huge_pages(const Environment& env) { return pools_in(env, kPools); }

std::map<int, HugePagePools> read_huge_pages_of_nodes(const Environment& env) {
  std::map<int, HugePagePools> nodes;
  for (const std::string& name : env.names(kNodes)) {
    const auto number = numbers_of(name.starts_with("node") ? name.substr(4) : "");
    if (number.size() != 1) continue;
    nodes[static_cast<int>(number[0])] =
        pools_in(env, fmt::format("{}/{}/hugepages", kNodes, name));
  }
  return nodes;
}

std::uint64_t free_mb(const HugePagePools& pools) noexcept {
  std::uint64_t kb = 0;
  for (const HugePagePool& pool : pools) kb += pool.free * pool.page_kb;
  return kb / 1024;
}

std::uint64_t total_mb(const HugePagePools& pools) noexcept {
  std::uint64_t kb = 0;
  for (const HugePagePool& pool : pools) kb += pool.total * pool.page_kb;
  return kb / 1024;
}

std::optional<Finding> find_too_few_huge_pages(const HugePagePools& pools, std::uint64_t memory_mb,
                                               int node) {
  const std::uint64_t free = free_mb(pools), total = total_mb(pools);
  if (free >= memory_mb) return std::nullopt;
  const std::uint64_t page_kb = pools.empty() ? 2048 : pools.front().page_kb;
  const std::uint64_t missing = (memory_mb * 1024 + page_kb - 1) / page_kb;
  const std::uint64_t taken = total - std::min(free, total);
  const std::uint64_t pages = missing + taken * 1024 / page_kb;
  const std::string have = total == 0
                               ? "no huge pages are reserved"
                               : fmt::format("of {} MB in huge pages {} MB are free", total, free);
  return fail(
      fmt::format("{}, but weir needs {} MB ({} pages of {} MB)", have, memory_mb, missing,
                  page_kb / 1024),
      {fmt::format(
           "echo {} > {}/hugepages-{}kB/nr_hugepages", pages,
           node < 0 ? std::string(kPools) : fmt::format("{}/node{}/hugepages", kNodes, node),
           page_kb),
       fmt::format(
           "for ever: hugepages={} on the kernel's command line{}; or run without: "
           "[memory] hugepages = no (slower)",
           pages,
           page_kb == 2048 ? fmt::format(", or vm.nr_hugepages={} in /etc/sysctl.d", pages) : "")});
}

}  // namespace weir::doctor
