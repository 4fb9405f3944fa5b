// From many sources to one set of texts: files, drop-ins, environment and --set, the later wins.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/config_problem.hpp"
#include "control/ini_reader.hpp"

namespace weir {

/// Where the configuration comes from, in the order of precedence (defaults come first of all).
struct ConfigSources {
  /// The main file; conf.d/*.conf beside it follow in the order of their names. Empty: no file.
  std::string file;
  /// Read in place of the main file when present; `file` is then only its name, without drop-ins.
  std::optional<std::string> text;
  /// "WEIR_TCP_MSL=30s", "WEIR_SERVICE_WEB_ROOT=/srv/www"; other variables are passed over.
  std::vector<std::string> environment;
  /// "tcp.msl=30s", "service.web.backlog=4096": the arguments of --set.
  std::vector<std::string> overrides;
};

struct SettingText {
  std::string text;
  ConfigOrigin origin;
};

/// What the sources say about one key of one section.
struct Setting {
  std::vector<SettingText> values;       ///< one, or the items of a list
  std::optional<SettingText> file_said;  ///< what a file says, when another source won over it
  std::size_t layer = 0;                 ///< which source spoke last
};

/// One section with all that the sources say about it.
struct SectionTexts {
  Section section = Section::port;
  std::string name;
  ConfigOrigin origin;  ///< where it is first named; empty for a section that nobody names
  std::map<std::string, Setting, std::less<>> settings;
  std::vector<std::string> unknown;  ///< keys that no such section has
};

struct ConfigLayers {
  std::vector<SectionTexts> sections;  ///< named ones as they appear, then each of the others once
  std::vector<std::string> sources;    ///< names in the order of precedence, to sort problems by
  ConfigProblems problems;
  bool sections_lost = false;  ///< a file or a header could not be read
};

/// Never throws: what cannot be read is a problem.
[[nodiscard]] ConfigLayers read_layers(const ConfigSources& sources);

}  // namespace weir
