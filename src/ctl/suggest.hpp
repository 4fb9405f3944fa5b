// What may stand next on a command line: for TAB, for '?' and for the shells' completion.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctl/command.hpp"

namespace weir::ctl {

struct Candidate {
  std::string word;
  std::string help;  ///< one line, or empty
};

struct Suggestions {
  std::vector<Candidate> words;
  bool files = false;  ///< names of files too
  std::string hint;    ///< what kind of word it is: "SEC", "FILTER"
};

/// Names that the daemon knows, by kind (port, service, reason); `socket` is what -S said or empty.
/// Nothing when it does not answer.
using Names = std::function<std::vector<Candidate>(Kind kind, const std::string& socket)>;

/// `words` without "weirctl"; the last one is being typed and may be empty: only what begins with
/// it is returned. Options are suggested where it begins with a dash, or, with `with_options`,
/// anywhere.
[[nodiscard]] Suggestions suggest(const std::vector<std::string>& words, const Names& names,
                                  bool with_options = false);

/// Names as the daemon at that socket gives them, within half a second.
[[nodiscard]] std::vector<Candidate> names_from(Kind kind, const std::string& socket);

}  // namespace weir::ctl
