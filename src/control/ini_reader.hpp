// The form of the configuration file: sections, keys and values with the line each stands on.
//
// Boost's parse_config_file is not used: it cuts `a#b` to `a`, merges sections of one name without
// a boundary, refuses `; comment` and a byte order mark, and stops at the first error without a
// line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config_problem.hpp"

namespace weir {

/// In the order in which a configuration is printed.
enum class Section : std::uint8_t {
  port,
  service,
  workers,
  memory,
  tcp,
  ip,
  control,
  metrics,
  recorder,
  log,
  dpdk
};

inline constexpr std::array<std::string_view, 11> kSectionNames = {
    "port",    "service", "workers",  "memory", "tcp", "ip",
    "control", "metrics", "recorder", "log",    "dpdk"};

[[nodiscard]] inline std::string_view to_string(Section section) noexcept {
  return kSectionNames[static_cast<std::size_t>(section)];
}
[[nodiscard]] std::optional<Section> find_section(std::string_view word) noexcept;
/// [port NAME] and [service NAME] are lists of sections; the others exist once.
[[nodiscard]] constexpr bool is_named(Section section) noexcept {
  return section == Section::port || section == Section::service;
}
/// "[service web]" or "[tcp]".
[[nodiscard]] std::string header_text(Section section, std::string_view name);
/// Nothing when `name` is [a-z0-9_-]+ of at most 32 characters, else what is wrong with it.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name);

/// `key = value` in its section; with an empty key, the section's header itself.
struct IniEntry {
  ConfigOrigin origin;
  Section section = Section::port;
  std::string name;  ///< empty for the sections that exist once
  std::string key;
  std::string value;
};

struct IniText {
  std::vector<IniEntry> entries;
  ConfigProblems problems;
  bool sections_lost = false;  ///< a header could not be read: nobody knows what is missing
};

/// Reads all of `text`; lines that make no sense are problems, and so are no reason to stop. The
/// keys below a bad header are left out, since nobody knows whose they are.
[[nodiscard]] IniText read_ini(std::string_view text, const std::string& file);

/// What no value may hold wherever it comes from, because it could not be written in a file.
[[nodiscard]] std::optional<std::string> value_problem(std::string_view value);

}  // namespace weir
