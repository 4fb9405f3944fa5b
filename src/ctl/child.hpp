// Another program's output.
#pragma once

#include <string>
#include <vector>

namespace weir::ctl {

struct ChildOutcome {
  int code = 0;     ///< exit code; 127: it could not be started
  std::string out;  ///< standard output and error output, as they came
};

/// Runs it to its end, without a shell. `keep` says which variables of the environment it is given
/// (all, if null).
[[nodiscard]] ChildOutcome run_child(const std::vector<std::string>& arguments,
                                     bool (*keep)(std::string_view variable) = nullptr);

}  // namespace weir::ctl
