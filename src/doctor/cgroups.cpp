#include "doctor/cgroups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

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

namespace {

struct MemoryFiles {
  const char *limit, *used;
  std::array<std::string_view, 2> reclaimable;  // lines of memory.stat
};
constexpr MemoryFiles kVersions[] = {
    {"/memory.max", "/memory.current", {"inactive_file", "active_file"}},
    {"/memory.limit_in_bytes",
     "/memory.usage_in_bytes",
     {"total_inactive_file", "total_active_file"}},
};

// Nothing where there is no limit: "max" is no number, and version 1 writes the largest page
// number.
std::optional<std::uint64_t> limit_of(const Environment& env, const std::string& file) {
  constexpr std::uint64_t kNoLimit = 1ULL << 60;
  const auto bytes = env.number(file);
  return bytes && *bytes < kNoLimit ? bytes : std::nullopt;
}

std::uint64_t used_bytes(const Environment& env, const std::string& directory,
                         const MemoryFiles& files) {
  std::uint64_t used = env.number(directory + files.used).value_or(0);
  for (const std::string& line : env.lines(directory + "/memory.stat")) {
    const auto words = words_of(line);
    if (words.size() != 2 || std::ranges::count(files.reclaimable, words[0]) == 0) continue;
    used -= std::min<std::uint64_t>(used, std::strtoull(words[1].c_str(), nullptr, 10));
  }
  return used;
}

template <class Bytes>
std::optional<std::uint64_t> least_mb(const Environment& env, Bytes bytes_of) {
  std::optional<std::uint64_t> least;
  for (const std::string& directory : cgroup_directories(env, "memory")) {
    for (const MemoryFiles& files : kVersions) {
      const auto limit = limit_of(env, directory + files.limit);
      if (!limit) continue;
      const std::uint64_t mb = bytes_of(*limit, directory, files) >> 20;
      least = std::min(least.value_or(mb), mb);
    }
  }
  return least;
}

}  // namespace

std::optional<std::uint64_t> cgroup_memory_mb(const Environment& env) {
  return least_mb(env, [](std::uint64_t limit, const auto&, const auto&) { return limit; });
}

std::optional<std::uint64_t> cgroup_free_mb(const Environment& env) {
  return least_mb(
      env, [&env](std::uint64_t limit, const std::string& directory, const MemoryFiles& files) {
        return limit - std::min(limit, used_bytes(env, directory, files));
      });
}

}  // namespace weir::doctor
