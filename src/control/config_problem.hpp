// One complaint about the configuration, and where in it the operator has to look.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Where a value was written. Line 0: not a line of a file, `file` says it all ("--set
/// tcp.msl=1s").
struct ConfigOrigin {
  std::string file;
  unsigned line = 0;  ///< from 1

  [[nodiscard]] bool in_file() const noexcept { return line != 0; }
  friend bool operator==(const ConfigOrigin&, const ConfigOrigin&) = default;
};

/// "weir.conf:31", or the source alone.
[[nodiscard]] inline std::string to_string(const ConfigOrigin& origin) {
  return origin.in_file() ? origin.file + ":" + std::to_string(origin.line) : origin.file;
}

struct ConfigProblem {
  std::string file;
  unsigned line = 0;  ///< from 1; 0: the whole file, the environment or the command line
  std::string message;
};

using ConfigProblems = std::vector<ConfigProblem>;

/// Tabs of the operator's text become blanks: the complaint is one line of plain text.
inline void report(ConfigProblems& problems, const ConfigOrigin& where, std::string message) {
  std::replace(message.begin(), message.end(), '\t', ' ');
  problems.push_back({where.file, where.line, std::move(message)});
}

/// "weir.conf:8: error: …", the form in which editors jump to the line.
[[nodiscard]] inline std::string to_string(const ConfigProblem& problem) {
  return to_string(ConfigOrigin{problem.file, problem.line}) + ": error: " + problem.message;
}

/// The operator's own text, fit to be shown on a terminal: no control bytes, at most 80 bytes.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace weir
