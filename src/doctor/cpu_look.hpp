// Who runs on a CPU, and which interrupts come to it: /proc at one moment. Two of them tell shares.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "doctor/environment.hpp"

namespace weir::doctor {

struct TaskLook {
  std::string pid, name;
  unsigned cpu = 0;             ///< where it ran last
  bool kernel = false;          ///< a thread of the kernel: it cannot be moved
  std::uint64_t ran_ns = 0;     ///< on any CPU, since it was made
  std::uint64_t waited_ns = 0;  ///< while somebody else had its CPU
};

struct InterruptLook {
  std::string source;                 ///< what the kernel calls it: "nvme0q1"
  std::vector<std::uint64_t> counts;  ///< by column, as `cpus` has them
};

struct CpuLook {
  std::map<std::string, TaskLook> tasks;            ///< those on the CPUs asked for, by thread id
  std::vector<unsigned> cpus;                       ///< whose counts /proc/interrupts has
  std::map<std::string, InterruptLook> interrupts;  ///< of devices, by number
};

/// All tasks on one of `cpus` but this process's own. Some ten milliseconds with a thousand tasks.
[[nodiscard]] CpuLook look_at_cpus(const Environment& env, const std::vector<unsigned>& cpus);

}  // namespace weir::doctor
