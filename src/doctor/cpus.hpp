// CPUs as /proc, /sys and the cgroup tell of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/check.hpp"

namespace weir::doctor {

/// Online, and in the cpuset of this process's cgroup.
[[nodiscard]] std::vector<unsigned> allowed_cpus(const Environment& env);
/// CPUs of the same core, itself included.
[[nodiscard]] std::vector<unsigned> siblings_of(const Environment& env, unsigned cpu);
/// NUMA node; -1 = unknown.
[[nodiscard]] int node_of_cpu(const Environment& env, unsigned cpu);

/// What `cpus = auto` comes to: near the first NIC one CPU a core, the first kept for control, at
/// most eight; without a NIC the last CPU. hwloc chooses when weir starts (runtime/topology.hpp);
/// a test holds both together.
[[nodiscard]] std::vector<unsigned> automatic_cpus(const Subject& subject);
/// As configured, or automatic.
[[nodiscard]] std::vector<unsigned> worker_cpus(const Subject& subject);

/// The smallest CPU quota of this process's cgroup and its parents, in CPUs; nothing: no limit.
[[nodiscard]] std::optional<double> cpu_quota(const Environment& env);

}  // namespace weir::doctor
