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

/// "config" for each --config in a usage text.
inline std::set<std::string> long_options(const std::string& usage) {
  const std::regex option(R"((?:^|\s)--([a-z][a-z-]+))");
  std::set<std::string> names;
  for (std::sregex_iterator at(usage.begin(), usage.end(), option), end; at != end; ++at) {
    names.insert((*at)[1]);
  }
  return names;
}

/// What mandoc's linter finds in a page, empty for a good one.
inline std::string mandoc_complaints(const std::string& page) {
  return run_program("mandoc -T lint -W warning " + page + " 2>&1").out;
}

}  // namespace weir
