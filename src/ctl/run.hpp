// weirctl as a function: arguments and environment in, text and exit code out.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace weir::ctl {

struct Invocation;

struct Surroundings {
  std::string socket = "/run/weir/weir.sock";  ///< unless -S says otherwise
  bool colour = false;                         ///< a terminal, and NO_COLOR is not set
  bool terminal = false;                       ///< output is one
  std::size_t rows = 0;                        ///< of the terminal; 0: unknown
  std::string pager;                           ///< for what is longer; empty: none
  std::string daemon = "weir";                 ///< the program, for config check and diff
  std::string state_directory;                 ///< of this user, for weir; empty: nothing is kept
};

/// Returns the exit code (failure.hpp).
int run(const std::vector<std::string>& arguments, const Surroundings& surroundings,
        std::ostream& out, std::ostream& err);
/// The same for a command line that has been understood.
int run(const Invocation& invocation, const Surroundings& surroundings, std::ostream& out,
        std::ostream& err);

/// What weirctl finds around itself: environment, terminal, where it lies.
[[nodiscard]] Surroundings surroundings_of_process();

}  // namespace weir::ctl
