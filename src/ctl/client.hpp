// One question to the daemon, one line back.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace weir::ctl {

/// Exit codes of weirctl.
enum Exit : int {
  kDone = 0,
  kRefused = 1,
  kUsage = 2,
  kNotRunning = 3,
  kNoPermission = 4,
  kTimeout = 5,
};

struct AskError {
  std::string message;
  int exit_code = kNotRunning;
};

/// Connects to the socket, sends the line and returns the reply without its end.
[[nodiscard]] Result<std::string, AskError> ask(const std::string& socket, const std::string& line,
                                                std::chrono::milliseconds timeout);

}  // namespace weir::ctl
