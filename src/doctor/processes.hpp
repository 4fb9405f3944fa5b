// Other processes, as far as /proc shows them to us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/environment.hpp"

namespace weir::doctor {

[[nodiscard]] std::vector<std::string> process_ids(const Environment& env);
/// "pid 812 (vpp)"
[[nodiscard]] std::string process_name(const Environment& env, const std::string& pid);
/// The processes that have `path` open, as names; not this one.
[[nodiscard]] std::vector<std::string> holders_of(const Environment& env, const std::string& path);
/// Capability number `bit` (capabilities(7)) is in this process's effective set.
[[nodiscard]] bool has_capability(const Environment& env, unsigned bit);

inline constexpr unsigned kCapNetAdmin = 12, kCapNetRaw = 13, kCapIpcLock = 14, kCapSysRawio = 17;

/// Whether this process may read (4), write (2), search (1) `path`: the kernel's answer; in a
/// made-up tree by owner, mode and capability.
[[nodiscard]] bool may(const Environment& env, const std::string& path, unsigned access);

}  // namespace weir::doctor
