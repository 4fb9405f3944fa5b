// Choosing CPUs with hwloc.
#include "runtime/topology.hpp"

#include <hwloc.h>
#include <pthread.h>

#include <algorithm>
#include <memory>

namespace weir {
namespace {

constexpr std::size_t kMostAutomatic = 8;

struct TopologyFree {
  void operator()(hwloc_topology_t t) const noexcept { hwloc_topology_destroy(t); }
};
using Topology = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, TopologyFree>;

Topology load_topology() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return nullptr;
  Topology topology(raw);
  hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
  if (hwloc_topology_load(raw) != 0) return nullptr;
  return topology;
}

std::vector<unsigned> cpus_of(hwloc_const_cpuset_t set) {
  std::vector<unsigned> cpus;
  for (int cpu = hwloc_bitmap_first(set); cpu >= 0; cpu = hwloc_bitmap_next(set, cpu)) {
    cpus.push_back(static_cast<unsigned>(cpu));
  }
  return cpus;
}

std::string list(const std::vector<unsigned>& cpus) {
  std::string text;
  for (unsigned cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

bool is_pci(const std::string& device) {
  return std::count(device.begin(), device.end(), ':') >= 1 && device.find('.') != device.npos &&
         device.find("net_") == device.npos && device.find('=') == device.npos;
}

// The CPUs near the first NIC, or all that are allowed.
std::vector<unsigned> near_device(hwloc_topology_t topology, const std::string& device) {
  hwloc_obj_t pci = hwloc_get_pcidev_by_busidstring(topology, device.c_str());
  hwloc_obj_t home = pci == nullptr ? nullptr : hwloc_get_non_io_ancestor_obj(topology, pci);
  return cpus_of(home == nullptr ? hwloc_topology_get_allowed_cpuset(topology) : home->cpuset);
}

// One CPU of each core, in order.
std::vector<unsigned> first_of_each_core(hwloc_topology_t topology,
                                         const std::vector<unsigned>& cpus) {
  std::vector<unsigned> chosen;
  std::vector<hwloc_obj_t> cores;
  for (unsigned cpu : cpus) {
    hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topology, cpu);
    hwloc_obj_t core =
        pu == nullptr ? nullptr : hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
    if (core != nullptr && std::find(cores.begin(), cores.end(), core) != cores.end()) continue;
    cores.push_back(core);
    chosen.push_back(cpu);
  }
  return chosen;
}

/// What taskset or CPUAffinity= of the unit left to this process. Workers may be told to leave it,
/// since isolated CPUs are in nobody's affinity; what nobody told stays inside.
std::vector<unsigned> affinity(hwloc_topology_t topology) {
  const std::unique_ptr<hwloc_bitmap_s, decltype(&hwloc_bitmap_free)> set(hwloc_bitmap_alloc(),
                                                                          hwloc_bitmap_free);
  if (!set || hwloc_get_cpubind(topology, set.get(), HWLOC_CPUBIND_THREAD) != 0) return {};
  hwloc_bitmap_and(set.get(), set.get(), hwloc_topology_get_allowed_cpuset(topology));
  return cpus_of(set.get());
}

std::vector<unsigned> choose(hwloc_topology_t topology, const std::vector<std::string>& devices) {
  const auto nic = std::find_if(devices.begin(), devices.end(), is_pci);
  if (nic == devices.end()) {
    // A software device is bound by the kernel, not by us: one worker, on the last CPU.
    const auto own = affinity(topology);
    return {own.empty() ? cpus_of(hwloc_topology_get_allowed_cpuset(topology)).back() : own.back()};
  }
  auto cpus = first_of_each_core(topology, near_device(topology, *nic));
  if (cpus.size() > 1) cpus.erase(cpus.begin());
  if (cpus.size() > kMostAutomatic) cpus.resize(kMostAutomatic);
  return cpus;
}

}  // namespace

Result<CpuPlan> plan_cpus(const std::vector<unsigned>& wanted,
                          const std::vector<std::string>& devices) {
  const Topology topology = load_topology();
  if (!topology) return Error{"hwloc cannot read this machine's topology (is /sys mounted?)"};
  const auto allowed = cpus_of(hwloc_topology_get_allowed_cpuset(topology.get()));
  if (allowed.empty()) return Error{"this process may use no CPU at all"};
  CpuPlan plan;
  plan.workers = wanted.empty() ? choose(topology.get(), devices) : wanted;
  for (unsigned cpu : plan.workers) {
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
      return Error{"[workers] cpus names CPU " + std::to_string(cpu) +
                   ", but this process may only use CPUs " + list(allowed)};
    }
  }
  const auto own = affinity(topology.get());
  for (unsigned cpu : own.empty() ? allowed : own) {
    if (std::find(plan.workers.begin(), plan.workers.end(), cpu) == plan.workers.end()) {
      plan.control.push_back(cpu);
    }
  }
  if (plan.control.empty()) {
    plan.control = own.empty() ? allowed : own;
    plan.warnings.push_back("workers use every CPU: the control thread shares theirs");
  }
  return plan;
}

bool pin_to(unsigned cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

}  // namespace weir
