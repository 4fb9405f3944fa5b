#include "ctl/daemon_program.hpp"

#include <fmt/format.h>

namespace weir::ctl {

ChildOutcome ask_daemon_program(const Session& session, std::vector<std::string> arguments,
                                bool (*keep)(std::string_view variable)) {
  constexpr int kCannotStart = 127;
  arguments.insert(arguments.begin(), session.surroundings.daemon);
  ChildOutcome outcome = run_child(arguments, keep);
  if (outcome.code == kCannotStart) {
    throw Failure{kRefused, "no_daemon_program",
                  fmt::format("cannot run {}: {}", session.surroundings.daemon, outcome.out)};
  }
  return outcome;
}

}  // namespace weir::ctl
