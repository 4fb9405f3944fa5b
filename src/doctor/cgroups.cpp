#include "doctor/cgroups.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::doctor {

std::vector<std::string> cgroup_directories(const Environment& env, std::string_view controller) {
  std::vector<std::string> directories;
  for (const std::string& line : env.lines("/proc/self/cgroup")) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string named = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string path = line.substr(second + 1), root = "/sys/fs/cgroup";
    if (named.find(fmt::format(",{},", controller)) != std::string::npos) {
      root += fmt::format("/{}", controller);
    } else if (named != ",,") {
      continue;
    }
    while (path.size() > 1) {
      directories.push_back(root + path);
      path.erase(path.rfind('/'));
    }
    directories.push_back(root);
  }
  return directories;
}

std::optional<std::uint64_t> cgroup_memory_mb(const Environment& env) {
  constexpr std::uint64_t kNoLimit = 1ULL << 60;  // version 1 writes the largest page number
  std::optional<std::uint64_t> least;
  for (const std::string& directory : cgroup_directories(env, "memory")) {
    for (const char* file : {"/memory.max", "/memory.limit_in_bytes"}) {
      const auto bytes = env.number(directory + file);  // "max" is no number
      if (bytes && *bytes < kNoLimit) least = std::min(least.value_or(kNoLimit), *bytes >> 20);
    }
  }
  return least;
}

}  // namespace weir::doctor
