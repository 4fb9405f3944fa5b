// What differs between two configurations, as their texts say it.
#pragma once

#include <string>
#include <vector>

#include "control/config_loader.hpp"

namespace weir {

struct ConfigChanges {
  std::vector<std::string>
      lines;               ///< "[service web] idle-timeout: 60s -> 30s"; in order of sections
  ConfigProblems refused;  ///< those that need a restart, each with the place that asks for it

  [[nodiscard]] bool none() const noexcept { return lines.empty(); }
};

/// Of two configurations without problems. Values are compared as written: `1K` and `1000` differ,
/// since who changed the one to the other meant something by it. Comments, lines, files and the
/// order of sections do not matter.
[[nodiscard]] ConfigChanges changes_between(const LoadedConfig& from, const LoadedConfig& to);

}  // namespace weir
