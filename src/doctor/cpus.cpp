#include "doctor/cpus.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/cgroups.hpp"
#include "doctor/devargs.hpp"

namespace weir::doctor {
namespace {

constexpr std::size_t kMostAutomatic = 8;

std::vector<unsigned> cpuset_of_cgroup(const Environment& env) {
  for (const std::string& directory : cgroup_directories(env, "cpuset")) {
    for (const char* file : {"/cpuset.cpus.effective", "/cpuset.effective_cpus", "/cpuset.cpus"}) {
      const auto cpus = numbers_of(env.text(directory + file));
      if (!cpus.empty()) return cpus;
    }
  }
  return {};
}

std::vector<unsigned> both(const std::vector<unsigned>& a, const std::vector<unsigned>& b) {
  std::vector<unsigned> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

/// What taskset or CPUAffinity= of the unit left to this process.
std::vector<unsigned> affinity(const Environment& env) {
  return numbers_of(env.field("/proc/self/status", "Cpus_allowed_list"));
}

std::string cpu_path(unsigned cpu) { return fmt::format("/sys/devices/system/cpu/cpu{}", cpu); }

std::vector<unsigned> first_of_each_core(const Environment& env,
                                         const std::vector<unsigned>& cpus) {
  std::vector<unsigned> chosen;
  for (const unsigned cpu : cpus) {
    const auto siblings = siblings_of(env, cpu);
    if (both(siblings, chosen).empty()) chosen.push_back(cpu);
  }
  return chosen;
}

}  // namespace

std::vector<unsigned> allowed_cpus(const Environment& env) {
  const auto online = numbers_of(env.text("/sys/devices/system/cpu/online"));
  const auto of_cgroup = cpuset_of_cgroup(env);
  if (online.empty()) return of_cgroup;
  return of_cgroup.empty() ? online : both(online, of_cgroup);
}

std::vector<unsigned> siblings_of(const Environment& env, unsigned cpu) {
  auto siblings = numbers_of(env.text(cpu_path(cpu) + "/topology/thread_siblings_list"));
  if (siblings.empty()) siblings.push_back(cpu);
  return siblings;
}

int node_of_cpu(const Environment& env, unsigned cpu) {
  for (const std::string& name : env.names(cpu_path(cpu))) {
    const auto number = numbers_of(name.starts_with("node") ? name.substr(4) : "");
    if (number.size() == 1) return static_cast<int>(number[0]);
  }
  return -1;
}

std::vector<unsigned> automatic_cpus(const Subject& subject) {
  const auto allowed = allowed_cpus(subject.env);
  if (allowed.empty()) return {};
  for (const PortConfig& port : subject.config.ports) {
    const auto device = parse_device(port.device);
    if (!device || !device.value().pci) continue;
    const auto near = numbers_of(
        subject.env.text("/sys/bus/pci/devices/" + device.value().name + "/local_cpulist"));
    auto cpus = first_of_each_core(subject.env, near.empty() ? allowed : both(near, allowed));
    if (cpus.size() > 1) cpus.erase(cpus.begin());
    if (cpus.size() > kMostAutomatic) cpus.resize(kMostAutomatic);
    return cpus;
  }
  const auto own = both(allowed, affinity(subject.env));
  return {own.empty() ? allowed.back() : own.back()};
}

std::vector<unsigned> worker_cpus(const Subject& subject) {
  const auto& wanted = subject.config.workers.cpus;
  return wanted.empty() ? automatic_cpus(subject) : wanted;
}

std::optional<double> cpu_quota(const Environment& env) {
  std::optional<double> least;
  const auto limit = [&least](double quota, double period) {
    if (quota > 0 && period > 0) least = std::min(least.value_or(quota / period), quota / period);
  };
  for (const std::string& directory : cgroup_directories(env, "cpu")) {
    const auto words = words_of(env.text(directory + "/cpu.max"));  // "150000 100000", "max 100000"
    if (words.size() == 2) limit(std::atof(words[0].c_str()), std::atof(words[1].c_str()));
    limit(std::atof(env.word(directory + "/cpu.cfs_quota_us").c_str()),
          std::atof(env.word(directory + "/cpu.cfs_period_us").c_str()));
  }
  return least;
}

}  // namespace weir::doctor
