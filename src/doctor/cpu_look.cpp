#include "doctor/cpu_look.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "doctor/processes.hpp"

namespace weir::doctor {
namespace {

std::uint64_t to_number(const std::string& word) {
  return std::strtoull(word.c_str(), nullptr, 10);
}

// proc(5), /proc/PID/stat: the name is in parentheses and may hold any character, so the fields are
// counted from the last of them. The third field is the first behind it.
std::vector<std::string> fields_behind_name(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  return end == std::string::npos ? std::vector<std::string>() : words_of(stat.substr(end + 1));
}

bool read_task(const Environment& env, const std::string& pid, const std::string& tid,
               const std::vector<unsigned>& cpus, TaskLook& out) {
  constexpr std::size_t kParent = 4 - 3, kUser = 14 - 3, kSystem = 15 - 3, kProcessor = 39 - 3;
  constexpr std::uint64_t kTickNs = 10'000'000;  // USER_HZ is 100 on every x86 and ARM Linux
  const std::string directory = "/proc/" + pid + "/task/" + tid;
  const auto fields = fields_behind_name(env.text(directory + "/stat"));
  if (fields.size() <= kProcessor) return false;
  out.cpu = static_cast<unsigned>(to_number(fields[kProcessor]));
  if (std::find(cpus.begin(), cpus.end(), out.cpu) == cpus.end()) return false;
  out.pid = pid;
  out.name = env.word(directory + "/comm");
  out.kernel = pid == "2" || fields[kParent] == "2";
  out.ran_ns = (to_number(fields[kUser]) + to_number(fields[kSystem])) * kTickNs;
  const auto exact = words_of(env.text(directory + "/schedstat"));  // ran, waited, time slices
  if (exact.size() < 2) return true;
  out.ran_ns = to_number(exact[0]);
  out.waited_ns = to_number(exact[1]);
  return true;
}

// "CPU0 CPU1", then "24: 10 20 PCI-MSI 524288-edge nvme0q0" a line; letters instead of a number are
// interrupts that the kernel sends itself, timers above all.
void read_interrupts(const Environment& env, CpuLook& look) {
  const auto lines = env.lines("/proc/interrupts");
  if (lines.empty()) return;
  for (const std::string& word : words_of(lines.front())) {
    if (word.starts_with("CPU"))
      look.cpus.push_back(static_cast<unsigned>(to_number(word.substr(3))));
  }
  for (const std::string& line : lines) {
    const auto words = words_of(line);
    if (words.size() < look.cpus.size() + 2 || !words[0].ends_with(':')) continue;
    const std::string number = words[0].substr(0, words[0].size() - 1);
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    InterruptLook each{words.back(), {}};
    for (std::size_t i = 0; i < look.cpus.size(); ++i)
      each.counts.push_back(to_number(words[i + 1]));
    look.interrupts.emplace(number, std::move(each));
  }
}

}  // namespace

CpuLook look_at_cpus(const Environment& env, const std::vector<unsigned>& cpus) {
  CpuLook look;
  const std::string self = env.link("/proc/self");
  for (const std::string& pid : process_ids(env)) {
    if (pid == self) continue;
    for (const std::string& tid : env.names("/proc/" + pid + "/task")) {
      TaskLook task;
      if (read_task(env, pid, tid, cpus, task)) look.tasks.emplace(tid, std::move(task));
    }
  }
  read_interrupts(env, look);
  return look;
}

}  // namespace weir::doctor
