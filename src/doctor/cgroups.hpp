// The control groups that this process is in, of either version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/environment.hpp"

namespace weir::doctor {

/// The directories of this process's cgroup and its parents, nearest first, in which a controller
/// has its files: version 1 below its own name, version 2 below the root.
[[nodiscard]] std::vector<std::string> cgroup_directories(const Environment& env,
                                                          std::string_view controller);

/// The least limit of memory on the way to the root, in MB; nothing when there is none.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_mb(const Environment& env);

/// How much may still be had, in MB: the least on the way to the root. What a group keeps of files
/// counts as free, since the kernel gives it back before it kills. Nothing when there is no limit.
[[nodiscard]] std::optional<std::uint64_t> cgroup_free_mb(const Environment& env);

}  // namespace weir::doctor
