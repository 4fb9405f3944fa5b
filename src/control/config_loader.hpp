// Loads the configuration: every source, every error in one pass, and where each value came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/config.hpp"
#include "control/config_layers.hpp"
#include "control/config_problem.hpp"

namespace weir {

struct LoadedConfig {
  Config config;                       ///< complete only when there are no problems
  ConfigProblems problems;             ///< in the order of the sources and their lines
  std::vector<SectionTexts> sections;  ///< what was said about each key, and where
  std::string directory;               ///< of the main file: origins below it are shown without it

  [[nodiscard]] bool ok() const noexcept { return problems.empty(); }
};

/// Reads files; starts nothing, asks no device. Does not throw for anything an operator can write.
[[nodiscard]] LoadedConfig load_config(const ConfigSources& sources);

/// One line a problem and "N errors" behind them; empty when there is none.
[[nodiscard]] std::string problem_report(const LoadedConfig& loaded);

/// Every key with its effective value and, as a comment, its origin: what `weir -T` prints. Reading
/// it as a file gives the same configuration.
[[nodiscard]] std::string dump_effective(const LoadedConfig& loaded);

/// Every key with its values, default, meaning and whether it needs a restart, in Markdown.
[[nodiscard]] std::string config_reference();

/// The configuration of `weir --demo` as a file, for ConfigSources::text: a tap interface
/// weir-demo0, no huge pages, and every service on 192.0.2.1 and 2001:db8::1.
[[nodiscard]] std::string_view demo_config_text() noexcept;
[[nodiscard]] Config demo_config();

}  // namespace weir
