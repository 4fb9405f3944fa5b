// The arguments EAL is started with, and why each of them.
#include "dpdk/eal.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "doctor/huge_pages.hpp"
#include "dpdk/frame_signals.hpp"

namespace weir {
namespace {

cpu_set_t affinity_of_this_thread() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  return set;
}

/// The CPUs EAL may use, in EAL's notation "0@(1,3)": this thread becomes lcore 0 and floats there.
std::string lcores(const cpu_set_t& cpus) {
  std::string list;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus)) continue;
    if (!list.empty()) list += ',';
    list += std::to_string(cpu);
  }
  return "0@(" + list + ")";
}

/// EAL gives its own threads the process's CPUs except those of its lcores. Our workers are none,
/// so the process is confined to the control CPUs first, lest EAL's threads run on a worker's CPU.
Result<cpu_set_t> confine_to(const std::vector<unsigned>& cpus) {
  const cpu_set_t allowed = affinity_of_this_thread();
  if (cpus.empty()) return allowed;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (unsigned cpu : cpus) {
    if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed)) {
      return Error{"the control thread shall run on CPU " + std::to_string(cpu) +
                   ", but this process may not use it (see taskset -p " + std::to_string(getpid()) +
                   " and the cpuset of its cgroup)"};
    }
    CPU_SET(cpu, &wanted);
  }
  sched_setaffinity(0, sizeof wanted, &wanted);
  return wanted;
}

Result<bool> choose_huge_pages(const EalSettings& settings) {
  if (settings.huge_pages == HugePageUse::no) return false;
  const auto pools = doctor::read_huge_pages(doctor::Environment());
  const auto lack = doctor::find_too_few_huge_pages(pools, settings.memory_mb);
  if (!lack) return true;
  if (settings.huge_pages == HugePageUse::required) return Error{doctor::to_sentence(*lack)};
  return false;
}

std::vector<std::string> compose(const EalSettings& settings, bool huge, const cpu_set_t& cpus) {
  std::vector<std::string> args{"weir", "--lcores", lcores(cpus)};
  // EAL would take every NIC it has a driver for, the one of this ssh session included. An allow
  // list that names no NIC keeps it from all; rte_dev_probe then asks for each device by name.
  if (settings.pci) {
    args.insert(args.end(), {"-a", "pci:0000:00:00.0"});
  } else {
    args.emplace_back("--no-pci");
  }
  const std::string prefix =
      settings.file_prefix.empty() ? "weir-" + std::to_string(getpid()) : settings.file_prefix;
  if (huge) {
    // Nothing is left behind by kill -9, and no mount of hugetlbfs is needed.
    args.emplace_back("--in-memory");
  } else {
    // --in-memory is refused without huge pages; this is what is left of it.
    args.insert(args.end(), {"--no-huge", "--no-shconf", "-m", std::to_string(settings.memory_mb)});
  }
  args.push_back("--file-prefix=" + prefix);
  if (!settings.telemetry) args.emplace_back("--no-telemetry");
  args.insert(args.end(), settings.extra_args.begin(), settings.extra_args.end());
  return args;
}

/// EAL prints two pages of usage on standard output, getopt a line on standard error, and EAL its
/// last words there too ("EAL: FATAL: …", beside the same in its log), when something displeases
/// it. We answer with a sentence instead: output goes nowhere, errors go into the log.
class QuietStart {
 public:
  explicit QuietStart(std::FILE* log) : opterr_(opterr), stderr_(stderr) {
    opterr = 0;
    std::fflush(stdout);
    saved_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && null >= 0) dup2(null, STDOUT_FILENO);
    if (null >= 0) close(null);
    if (log != nullptr) stderr = log;  // a variable in glibc, documented as such
  }
  ~QuietStart() {
    opterr = opterr_;
    std::fflush(stderr);
    stderr = stderr_;
    std::fflush(stdout);
    if (saved_ < 0) return;
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }
  QuietStart(const QuietStart&) = delete;
  QuietStart& operator=(const QuietStart&) = delete;

 private:
  int saved_, opterr_;
  std::FILE* stderr_;
};

int init(std::vector<std::string> args, const EalLog& log) {
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);  // EAL permutes the pointers and keeps none of them
  const QuietStart quiet(log.stream());
  return rte_eal_init(static_cast<int>(args.size()), argv.data());
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string refusal(const EalSettings& settings, int error) {
  if (error == EALREADY)
    return "DPDK's EAL was started in this process before; it starts only once";
  // rte_errno is often 0 here ("Cannot init EAL: Success"), so it is said only when it says
  // something.
  std::string sentence = "DPDK's EAL does not start";
  if (error != 0) sentence += std::string(" (") + rte_strerror(error) + ")";
  if (!settings.extra_args.empty()) {
    sentence += " with [dpdk] eal-args = " + joined(settings.extra_args);
  }
  return sentence;
}

}  // namespace

Result<std::unique_ptr<Eal>> Eal::start(EalSettings settings) {
  const auto huge = choose_huge_pages(settings);
  if (!huge.ok()) return huge.error();
  const cpu_set_t before = affinity_of_this_thread();
  const auto cpus = confine_to(settings.control_cpus);
  if (!cpus.ok()) return cpus.error();

  std::unique_ptr<Eal> eal(new Eal);
  eal->huge_pages_ = huge.value();
  eal->pci_ = settings.pci;
  eal->arguments_ = compose(settings, huge.value(), cpus.value());
  eal->log_ = std::make_unique<EalLog>(settings.log);
  block_frame_signals();  // before EAL's threads, which inherit it
  rte_errno = 0;
  if (init(eal->arguments_, *eal->log_) < 0) {
    const int error = rte_errno;
    Error refused{eal->log_->blame(refusal(settings, error), 0)};
    sched_setaffinity(0, sizeof before, &before);
    eal->arguments_.clear();  // nothing to clean up
    return refused;
  }
  return eal;
}

Eal::~Eal() {
  if (arguments_.empty()) return;
  const std::string directory = rte_eal_get_runtime_dir();
  rte_eal_cleanup();
  // EAL makes this directory even when it puts nothing into it, and leaves it. A directory with
  // something in it is left alone.
  std::error_code none;
  std::filesystem::remove(directory, none);
}

WorkerLcore::WorkerLcore() noexcept
    : registered_(rte_lcore_id() == LCORE_ID_ANY && rte_thread_register() == 0) {}

WorkerLcore::~WorkerLcore() {
  if (registered_) rte_thread_unregister();
}

unsigned WorkerLcore::id() noexcept { return rte_lcore_id(); }

}  // namespace weir
