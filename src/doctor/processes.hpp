// Other processes, as far as /proc shows them to us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/environment.hpp"

namespace weir::doctor {

/// Before a path: as the first process of this pid namespace sees it.
inline constexpr const char* kRootOfInit = "/proc/1/root";

[[nodiscard]] std::vector<std::string> process_ids(const Environment& env);
/// "pid 812 (vpp)"
[[nodiscard]] std::string process_name(const Environment& env, const std::string& pid);
/// The processes that have `path` open, as names; not this one.
[[nodiscard]] std::vector<std::string> holders_of(const Environment& env, const std::string& path);
/// The processes in this network namespace that hold a tap or tun interface, as names; not this
/// one.
[[nodiscard]] std::vector<std::string> holders_of_tap(const Environment& env,
                                                      const std::string& interface);
/// Capability number `bit` (capabilities(7)) is in this process's effective set.
[[nodiscard]] bool has_capability(const Environment& env, unsigned bit);

inline constexpr unsigned kCapNetAdmin = 12, kCapNetRaw = 13, kCapIpcLock = 14, kCapSysRawio = 17;
inline constexpr unsigned kCapSysNice = 23;

/// Whether a filter of system calls (seccomp) keeps this process from choosing the NUMA node of its
/// memory: the kernel's answer; in a made-up tree as docker's profile has it, which lets a process
/// with CAP_SYS_NICE.
[[nodiscard]] bool may_choose_memory_nodes(const Environment& env);

/// Whether this process may read (4), write (2), search (1) `path`: the kernel's answer; in a
/// made-up tree by owner, mode and capability.
[[nodiscard]] bool may(const Environment& env, const std::string& path, unsigned access);

}  // namespace weir::doctor
