// The program weir, asked for what it alone knows: its configuration and the doctor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/child.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {

/// Runs weir (the one beside weirctl first) with those arguments and the variables of the
/// environment that `keep` lets through. Throws Failure when it cannot be started.
[[nodiscard]] ChildOutcome ask_daemon_program(const Session& session,
                                              std::vector<std::string> arguments,
                                              bool (*keep)(std::string_view variable));

/// WEIR_SOCKET is weirctl's own and no key of the configuration.
[[nodiscard]] inline bool not_ours(std::string_view variable) {
  return !variable.starts_with("WEIR_SOCKET=");
}

}  // namespace weir::ctl
