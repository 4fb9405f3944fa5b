// /proc/self/stat is one line; its second field is the program's name in parentheses, which may
// hold anything, so that the fields are counted from behind it (proc(5)).
#include "metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace weir {
namespace {

constexpr std::size_t kFirstField = 3;  // of those behind the name

std::vector<std::string> fields_behind_name() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == line.npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

/// The field with proc(5)'s number.
std::uint64_t field(const std::vector<std::string>& fields, std::size_t number) {
  const std::size_t at = number - kFirstField;
  return at < fields.size() ? std::stoull(fields[at]) : 0;
}

/// Unix time of the boot, from which the kernel counts a process's start.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

std::uint64_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator first("/proc/self/fd", error);
  if (error) return 0;
  // The descriptor that reads the directory is one of them.
  return static_cast<std::uint64_t>(std::distance(begin(first), end(first))) - 1;
}

}  // namespace

ProcessReading read_process() {
  const auto fields = fields_behind_name();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessReading process;
  process.cpu_seconds = static_cast<double>(field(fields, 14) + field(fields, 15)) / ticks;
  process.virtual_bytes = field(fields, 23);
  process.resident_bytes = field(fields, 24) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  process.start_time = boot_time() + static_cast<double>(field(fields, 22)) / ticks;
  process.open_fds = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) process.max_fds = limit.rlim_cur;
  return process;
}

}  // namespace weir
