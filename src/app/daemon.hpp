// The daemon: from a configuration to a running engine, and back to an exit code.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.hpp"
#include "control/config_loader.hpp"
#include "runtime/engine.hpp"
#include "runtime/modules.hpp"

namespace weir {

/// A file, the environment of this process and --set.
[[nodiscard]] ConfigSources sources_of(const std::string& file,
                                       const std::vector<std::string>& overrides);
[[nodiscard]] ConfigSources sources_of(const Options& options);

/// Says "weir: MESSAGE" on stderr; returns the exit code.
int fail(std::string_view message, int exit_code);

/// What a program of somebody else's adds.
struct DaemonExtras {
  Modules modules{};
  std::function<void(Engine&)> started{};  ///< connections are taken
  std::function<void()> stops{};           ///< the engine is about to
};

/// Runs until SIGTERM or SIGINT. `loaded` comes from `sources` and is sound.
int run_daemon(const Options& options, const ConfigSources& sources, LoadedConfig loaded,
               const DaemonExtras& extras = {});

}  // namespace weir
