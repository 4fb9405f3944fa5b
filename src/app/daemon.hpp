// The daemon: from a configuration to a running engine, and back to an exit code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/options.hpp"
#include "control/config_loader.hpp"

namespace weir {

/// A file, the environment of this process and --set.
[[nodiscard]] ConfigSources sources_of(const std::string& file,
                                       const std::vector<std::string>& overrides);
[[nodiscard]] ConfigSources sources_of(const Options& options);

/// Says "weir: MESSAGE" on stderr; returns the exit code.
int fail(std::string_view message, int exit_code);

/// Runs until SIGTERM or SIGINT. `loaded` comes from sources_of(options) and is sound.
int run_daemon(const Options& options, LoadedConfig loaded);

}  // namespace weir
