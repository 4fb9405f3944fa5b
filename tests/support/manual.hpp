// Manual pages and the options that they have to name.
#pragma once

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "support/run_program.hpp"

namespace weir {

inline std::string source_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What the first group of `pattern` matched, each time.
inline std::set<std::string> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), wanted), end; at != end; ++at) {
    found.insert((*at)[1]);
  }
  return found;
}

/// "config" for each --config in a usage text.
inline std::set<std::string> long_options(const std::string& usage) {
  return all_matches(usage, R"((?:^|\s)--([a-z][a-z-]+))");
}

/// "c" for each -c [ --config ] in a usage text.
inline std::set<std::string> short_options(const std::string& usage) {
  return all_matches(usage, R"(\n\s+-(\w) \[ --)");
}

/// What mandoc's linter finds in a page, empty for a good one.
inline std::string mandoc_complaints(const std::string& page) {
  return run_program("mandoc -T lint -W warning " + page + " 2>&1").out;
}

}  // namespace weir
