// One question to the daemon, one line back.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "ctl/failure.hpp"

namespace weir::ctl {

struct AskError {
  std::string message;
  int exit_code = kNotRunning;
};

/// Connects to the socket, sends the line and returns the reply without its end.
[[nodiscard]] Result<std::string, AskError> ask(const std::string& socket, const std::string& line,
                                                std::chrono::milliseconds timeout);

}  // namespace weir::ctl
