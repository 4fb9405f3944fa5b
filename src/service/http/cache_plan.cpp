#include "service/http/cache_plan.hpp"

#include <algorithm>
#include <numeric>

namespace weir {

std::vector<bool> plan_cache(const ContentListing& listing, std::uint64_t limit_bytes) {
  const auto& files = listing.files;
  std::vector<std::size_t> by_size(files.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::stable_sort(by_size.begin(), by_size.end(), [&files](std::size_t a, std::size_t b) {
    return files[a].size < files[b].size;
  });
  std::vector<bool> held(files.size());
  for (const std::size_t i : by_size) {
    if (files[i].size > limit_bytes) break;
    limit_bytes -= files[i].size;
    held[i] = true;
  }
  return held;
}

}  // namespace weir
