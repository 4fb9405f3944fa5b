// What ends weirctl before it is done.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace weir::ctl {

/// Exit codes of weirctl.
enum Exit : int {
  kDone = 0,
  kRefused = 1,        ///< by the daemon, or a check found errors
  kUsage = 2,          ///< bad command line
  kNotRunning = 3,     ///< as in the LSB's actions of init scripts
  kNoPermission = 4,   ///< for the socket; likewise
  kTimeout = 5,        ///< the daemon is stuck
  kNotDrained = 6,     ///< connections were left when the time was over
  kInterrupted = 130,  ///< Ctrl-C while the daemon was waited for; as shells say it
};

/// Thrown by commands; shown on stderr as a sentence or as JSON.
struct Failure {
  int exit_code = kRefused;
  std::string code;                     ///< as in the daemon's errors: "bad_argument", "usage"
  std::string message;                  ///< one sentence
  std::string picture{};                ///< lines for people below it: where the mistake is
  std::vector<std::string> accepted{};  ///< what could stand there
  std::size_t position{};               ///< of the mistake, from 1; 0: unknown
};

}  // namespace weir::ctl
