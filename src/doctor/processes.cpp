#include "doctor/processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

namespace weir::doctor {
namespace {

constexpr unsigned kCapDacOverride = 1;

bool is_number(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The second number, the effective one, of "Uid: real effective saved file-system".
std::uint64_t effective(const Environment& env, std::string_view key) {
  const auto words = words_of(env.field("/proc/self/status", key));
  return words.size() < 2 ? ~std::uint64_t{0} : std::strtoull(words[1].c_str(), nullptr, 10);
}

bool in_group(const Environment& env, gid_t group) {
  if (effective(env, "Gid") == group) return true;
  const auto groups = words_of(env.field("/proc/self/status", "Groups"));
  return std::count(groups.begin(), groups.end(), std::to_string(group)) != 0;
}

}  // namespace

std::vector<std::string> process_ids(const Environment& env) {
  auto names = env.names("/proc");
  std::erase_if(names, [](const std::string& name) { return !is_number(name); });
  return names;
}

std::string process_name(const Environment& env, const std::string& pid) {
  return fmt::format("pid {} ({})", pid, env.word("/proc/" + pid + "/comm"));
}

std::vector<std::string> holders_of(const Environment& env, const std::string& path) {
  const std::string self = env.link("/proc/self");
  std::vector<std::string> holders;
  for (const std::string& pid : process_ids(env)) {
    if (pid == self) continue;
    const std::string directory = "/proc/" + pid + "/fd";
    for (const std::string& fd : env.names(directory)) {
      if (env.link_target(directory + "/" + fd) != path) continue;
      holders.push_back(process_name(env, pid));
      break;
    }
  }
  return holders;
}

std::vector<std::string> holders_of_tap(const Environment& env, const std::string& interface) {
  const std::string self = env.link("/proc/self"), here = env.link_target("/proc/self/ns/net");
  std::vector<std::string> holders;
  for (const std::string& pid : process_ids(env)) {
    if (pid == self || env.link_target("/proc/" + pid + "/ns/net") != here) continue;
    const std::string directory = "/proc/" + pid + "/fdinfo";
    for (const std::string& fd : env.names(directory)) {
      if (env.field(directory + "/" + fd, "iff") != interface) continue;
      holders.push_back(process_name(env, pid));
      break;
    }
  }
  return holders;
}

bool has_capability(const Environment& env, unsigned bit) {
  const std::string set = env.field("/proc/self/status", "CapEff");
  return (std::strtoull(set.c_str(), nullptr, 16) >> bit & 1) != 0;
}

bool may(const Environment& env, const std::string& path, unsigned access) {
  if (env.is_this_machine()) {
    return faccessat(AT_FDCWD, path.c_str(), static_cast<int>(access), AT_EACCESS) == 0;
  }
  struct stat status {};
  if (stat(env.at(path).c_str(), &status) != 0) return false;
  if (has_capability(env, kCapDacOverride)) return true;
  const unsigned shift = effective(env, "Uid") == status.st_uid ? 6
                         : in_group(env, status.st_gid)         ? 3
                                                                : 0;
  return (status.st_mode >> shift & access) == access;
}

bool may_choose_memory_nodes(const Environment& env) {
  if (env.is_this_machine()) {
    int mode = 0;
    // Of the calling thread: changes nothing, and needs no privilege where no filter forbids it.
    return syscall(SYS_get_mempolicy, &mode, nullptr, 0UL, nullptr, 0UL) == 0 || errno != EPERM;
  }
  constexpr std::string_view kFiltered = "2";
  return env.field("/proc/self/status", "Seccomp") != kFiltered || has_capability(env, kCapSysNice);
}

}  // namespace weir::doctor
