// CPU01-CPU06: the CPUs that workers poll on.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/cpus.hpp"

namespace weir::doctor {
namespace {

/// Those of `cpus` that are not in `allowed`.
std::vector<unsigned> beyond(const std::vector<unsigned>& cpus,
                             const std::vector<unsigned>& allowed) {
  std::vector<unsigned> rest;
  std::copy_if(cpus.begin(), cpus.end(), std::back_inserter(rest), [&](unsigned cpu) {
    return std::find(allowed.begin(), allowed.end(), cpu) == allowed.end();
  });
  return rest;
}

std::vector<unsigned> sorted(std::vector<unsigned> cpus) {
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

/// Two workers on one core, as CPU numbers; empty when each has its own.
std::vector<unsigned> sharing(const Environment& env, const std::vector<unsigned>& cpus) {
  for (const unsigned cpu : cpus) {
    for (const unsigned other : siblings_of(env, cpu)) {
      if (other != cpu && std::find(cpus.begin(), cpus.end(), other) != cpus.end()) {
        return sorted({cpu, other});
      }
    }
  }
  return {};
}

bool has_flag(const std::vector<std::string>& flags, std::string_view flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::vector<std::string> cpu_flags(const Environment& env) {
  return words_of(env.field("/proc/cpuinfo", "flags"));
}

}  // namespace

Findings cpus_may_be_used(const Subject& subject) {
  const auto allowed = allowed_cpus(subject.env);
  const auto workers = worker_cpus(subject);
  if (allowed.empty()) return {skip("which CPUs may be used cannot be read (/sys, /proc)")};
  const auto foreign = beyond(workers, allowed);
  if (!foreign.empty()) {
    return {fail(fmt::format("[workers] cpus = {}, but this machine or container may only use CPUs "
                             "{}",
                             list_of(sorted(workers)), list_of(allowed)),
                 {"", "[workers] cpus = auto, or some of those"}, kConfiguration)};
  }
  const auto control = beyond(allowed, workers);
  return {
      ok(fmt::format("{} worker{} on CPU{} {}, control on {}", workers.size(),
                     workers.size() == 1 ? "" : "s", workers.size() == 1 ? "" : "s",
                     list_of(sorted(workers)), control.empty() ? "the same" : list_of(control)))};
}

Findings no_cpu_quota(const Subject& subject) {
  const auto quota = cpu_quota(subject.env);
  if (!quota) return {ok("no CPU quota")};
  const auto workers = static_cast<double>(worker_cpus(subject).size());
  const std::string what = fmt::format("a CPU quota of {:.3g} CPUs", *quota);
  if (*quota >= workers + 1) return {ok(what + " leaves room for all workers and control")};
  return {warn(what + ": workers that poll will be frozen whenever it is used up",
               {"",
                "whole CPUs instead: no CPUQuota= in the unit; Kubernetes: Guaranteed QoS and "
                "the static CPU manager; [workers] idle = interrupt uses less"})};
}

Findings workers_have_cores(const Subject& subject) {
  const auto workers = worker_cpus(subject);
  const auto right = automatic_cpus(subject);
  const Remedy remedy{"", fmt::format("[workers] cpus = {}", list_of(right))};
  const auto pair = sharing(subject.env, workers);
  if (!pair.empty()) {
    return {warn(
        fmt::format("workers on CPUs {} share one core (SMT): each gets half of it", list_of(pair)),
        remedy)};
  }
  const auto allowed = allowed_cpus(subject.env);
  if (allowed.size() > 1 && beyond(allowed, workers).empty()) {
    return {warn("workers use every CPU: the control thread and the kernel share theirs", remedy)};
  }
  if (workers.empty()) return {skip("no CPU can be chosen")};
  return {ok(fmt::format("{} distinct core{}", workers.size(), workers.size() == 1 ? "" : "s"))};
}

Findings cpu_has_sse(const Subject& subject) {
  const auto flags = cpu_flags(subject.env);
  if (flags.empty()) return {skip("no x86 processor")};
  if (has_flag(flags, "sse4_2")) return {ok("the CPU has SSE4.2")};
  return {fail("this build needs SSE4.2, as Debian's DPDK does; this CPU has none",
               {"", "virtual machine: a CPU model that has it (QEMU: -cpu host)"})};
}

Findings clock_is_steady(const Subject& subject) {
  const auto flags = cpu_flags(subject.env);
  if (!flags.empty() && (!has_flag(flags, "nonstop_tsc") || !has_flag(flags, "constant_tsc"))) {
    return {
        warn("the time-stamp counter stops or changes its speed (no nonstop_tsc or "
             "constant_tsc): timers will be wrong",
             {"", "virtual machine: pass the host's CPU through (QEMU: -cpu host,+invtsc)"})};
  }
  for (const unsigned cpu : worker_cpus(subject)) {
    const std::string governor = subject.env.word(
        fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", cpu));
    if (governor != "powersave") continue;
    return {warn(fmt::format("CPU {} of a worker has the frequency governor powersave", cpu),
                 {"cpupower frequency-set -g performance", "apt install linux-cpupower"})};
  }
  return {ok("the clock is steady")};
}

}  // namespace weir::doctor
