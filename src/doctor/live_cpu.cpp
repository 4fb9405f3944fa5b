// CPU04 of a running weir: who else uses a worker's CPU.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "doctor/checks_by_subject.hpp"
#include "doctor/cpus.hpp"
#include "doctor/live.hpp"

namespace weir::doctor {
namespace {

constexpr double kNoticed = 0.02;        // of a CPU
constexpr double kManyInterrupts = 100;  // a second

struct Worker {
  std::string number, thread;  // "0", "weir-w0"
  unsigned cpu;
};

/// A task beside the worker and the share of the CPU that it had.
struct Guest {
  const TaskLook* task;
  double share;
};

double seconds_between(const LiveReading& reading) {
  const auto at = [](const LiveLook& look) { return look.workers.at("now_ns").get<double>(); };
  return std::max((at(reading.after) - at(reading.before)) / 1e9, 1e-3);
}

std::vector<Worker> workers_of(const LiveReading& reading) {
  std::vector<Worker> workers;
  for (const Json& worker : reading.after.workers.at("workers")) {
    const std::string number = std::to_string(worker.at("worker").get<unsigned>());
    workers.push_back({number, "weir-w" + number, worker.at("cpu")});
  }
  return workers;
}

double grown(std::uint64_t before, std::uint64_t after, double seconds) {
  return after <= before ? 0 : static_cast<double>(after - before) / seconds;
}

bool is(const TaskLook& task, const Worker& worker, const LiveReading& reading) {
  return task.pid == reading.pid && task.name == worker.thread;
}

std::vector<Guest> guests_of(const Worker& worker, const LiveReading& reading) {
  std::vector<Guest> guests;
  for (const auto& [tid, task] : reading.after.cpus.tasks) {
    if (task.cpu != worker.cpu || is(task, worker, reading)) continue;
    const auto before = reading.before.cpus.tasks.find(tid);
    // Who came from elsewhere in between cannot be charged with what he did there.
    if (before == reading.before.cpus.tasks.end() || before->second.cpu != task.cpu) continue;
    const double share = grown(before->second.ran_ns, task.ran_ns, seconds_between(reading)) / 1e9;
    if (share >= kNoticed) guests.push_back({&task, std::min(share, 1.0)});
  }
  std::sort(guests.begin(), guests.end(),
            [](const Guest& a, const Guest& b) { return a.share > b.share; });
  return guests;
}

/// The share of the time in which the worker could have run and somebody else did; nothing when its
/// thread cannot be seen.
std::optional<double> waited(const Worker& worker, const LiveReading& reading) {
  for (const auto& [tid, task] : reading.after.cpus.tasks) {
    if (!is(task, worker, reading)) continue;
    const auto before = reading.before.cpus.tasks.find(tid);
    if (before == reading.before.cpus.tasks.end()) return 0;
    const std::uint64_t then = before->second.waited_ns;
    return std::min(grown(then, task.waited_ns, seconds_between(reading)) / 1e9, 1.0);
  }
  return std::nullopt;
}

std::string cpus_beside(const LiveSubject& subject) {
  auto free = allowed_cpus(subject.env);
  for (const Worker& worker : workers_of(subject.reading)) std::erase(free, worker.cpu);
  return list_of(free);
}

std::string names_of(const std::vector<Guest>& guests) {
  constexpr std::size_t kMost = 3;
  if (guests.empty()) return "somebody has it who cannot be seen from here";
  std::string names;
  for (std::size_t i = 0; i < std::min(guests.size(), kMost); ++i) {
    names += fmt::format("{}pid {} ({}) had {:.0f} % of it", i == 0 ? "" : ", ",
                         guests[i].task->pid, guests[i].task->name, guests[i].share * 100);
  }
  if (guests.size() > kMost) names += fmt::format(", and {} others", guests.size() - kMost);
  return names;
}

/// Weir's own threads are where they may be: to move its process would move the workers too.
Remedy remedy_for(const Worker& worker, const std::vector<Guest>& guests,
                  const LiveReading& reading, const std::string& elsewhere) {
  const auto is_ours = [&](const Guest& guest) { return guest.task->pid == reading.pid; };
  const auto movable = std::find_if(guests.begin(), guests.end(), [&](const Guest& guest) {
    return !guest.task->kernel && !is_ours(guest);
  });
  if (!guests.empty() && std::all_of(guests.begin(), guests.end(), is_ours)) {
    return {"", "[workers] cpus: leave one of weir's CPUs to its other threads, or give it more"};
  }
  const bool can_move = movable != guests.end() && !elsewhere.empty();
  return {can_move ? fmt::format("taskset -apc {} {}", elsewhere, movable->task->pid) : "",
          fmt::format("for ever: isolcpus={} on the kernel's command line, or CPUAffinity= of the "
                      "units that are not weir's",
                      worker.cpu)};
}

Finding shared(const Worker& worker, const std::vector<Guest>& guests, double lost, Remedy remedy) {
  const std::string who = names_of(guests);
  const std::string what =
      lost >= kNoticed
          ? fmt::format("worker {} waited {:.0f} % of the time for CPU {}: {}", worker.number,
                        lost * 100, worker.cpu, who)
          : fmt::format("CPU {} is worker {}'s, but {}", worker.cpu, worker.number, who);
  return warn(what, std::move(remedy));
}

std::optional<Finding> look_at_interrupts(const Worker& worker, const LiveReading& reading,
                                          const std::string& elsewhere) {
  const CpuLook &before = reading.before.cpus, &after = reading.after.cpus;
  const auto column = std::find(after.cpus.begin(), after.cpus.end(), worker.cpu);
  if (column == after.cpus.end() || before.cpus != after.cpus) return std::nullopt;
  const auto at = static_cast<std::size_t>(column - after.cpus.begin());
  for (const auto& [number, now] : after.interrupts) {
    const auto then = before.interrupts.find(number);
    if (then == before.interrupts.end()) continue;
    const double rate = grown(then->second.counts[at], now.counts[at], seconds_between(reading));
    if (rate < kManyInterrupts) continue;
    const std::string command =
        elsewhere.empty()
            ? ""
            : fmt::format("echo {} > /proc/irq/{}/smp_affinity_list", elsewhere, number);
    return warn(fmt::format("interrupt {} ({}) comes {:.0f} times a second to CPU {} of worker {}",
                            number, now.source, rate, worker.cpu, worker.number),
                {command, "irqbalance would undo it: IRQBALANCE_BANNED_CPULIST"});
  }
  return std::nullopt;
}

}  // namespace

Findings workers_are_alone(const LiveSubject& subject) {
  const LiveReading& reading = subject.reading;
  const std::string elsewhere = cpus_beside(subject);
  Findings findings;
  std::vector<unsigned> cpus;
  for (const Worker& worker : workers_of(reading)) {
    const auto lost = waited(worker, reading);
    if (!lost) return {skip("the workers' threads cannot be seen from here (/proc)")};
    const auto guests = guests_of(worker, reading);
    if (!guests.empty() || *lost >= kNoticed) {
      findings.push_back(
          shared(worker, guests, *lost, remedy_for(worker, guests, reading, elsewhere)));
    }
    if (auto found = look_at_interrupts(worker, reading, elsewhere)) {
      findings.push_back(std::move(*found));
    }
    cpus.push_back(worker.cpu);
  }
  std::sort(cpus.begin(), cpus.end());
  if (findings.empty())
    findings.push_back(ok("workers have CPU " + list_of(cpus) + " to themselves"));
  return findings;
}

}  // namespace weir::doctor
