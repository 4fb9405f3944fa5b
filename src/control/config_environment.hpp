// Single keys from outside the files: WEIR_SECTION_KEY=value and --set section.key=value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/ini_reader.hpp"

namespace weir {

/// The sections that the files have named: a variable's name cannot tell '-' from '_', they can.
struct KnownNames {
  std::vector<std::string> ports, services;
};

/// Reads "WEIR_TCP_MSL=30s" or "WEIR_SERVICE_WEB_ROOT=/srv/www". Nothing for variables that are not
/// settings: those without a section in their name, WEIR_CONFIG, and those that Kubernetes makes
/// for a service called weir (WEIR_SERVICE_HOST, WEIR_SERVICE_PORT…, WEIR_PORT…); nothing and a
/// problem for a mistyped one.
[[nodiscard]] std::optional<IniEntry> read_variable(const std::string& variable,
                                                    const KnownNames& names,
                                                    ConfigProblems& problems);

/// Reads "tcp.msl=30s" or "service.web.backlog=4096"; nothing and a problem for anything else.
[[nodiscard]] std::optional<IniEntry> read_override(const std::string& argument,
                                                    ConfigProblems& problems);

}  // namespace weir
