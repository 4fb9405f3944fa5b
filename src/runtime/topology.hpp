// Which CPUs the workers get: asked of hwloc, which knows cores, siblings, nodes and cgroups.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir {

struct CpuPlan {
  std::vector<unsigned> workers;  ///< CPU numbers, one worker each
  std::vector<unsigned> control;  ///< what is left for the control thread and the kernel's work
  std::vector<std::string> warnings;
};

/// `wanted` as configured, or empty for automatic: one CPU a core (no SMT siblings), of the NUMA
/// node of the first PCI device in `devices`, one core kept free for control; a single worker when
/// no device is a NIC. The error names the CPUs that this process may use.
[[nodiscard]] Result<CpuPlan> plan_cpus(const std::vector<unsigned>& wanted,
                                        const std::vector<std::string>& devices);

/// Pins the calling thread; false when the kernel refuses.
bool pin_to(unsigned cpu) noexcept;

}  // namespace weir
