// A command again and again.
#pragma once

#include <cstdint>

#include "ctl/session.hpp"

namespace weir::ctl {

struct Repetition {
  double every;         ///< seconds
  std::uint64_t times;  ///< 0: until Ctrl-C
};

/// Runs the invocation in the session's surroundings; on a terminal each output replaces the one
/// before, and a daemon that went away is waited for; else a failure ends it, and Ctrl-C always.
/// The last exit code.
int repeat(const Invocation& invocation, Session& session, Repetition how);

/// Waits; false when a signal came that somebody handles (the shell does, of Ctrl-C).
[[nodiscard]] bool pause_for(double seconds);

}  // namespace weir::ctl
