// weirctl as a function: arguments and environment in, text and exit code out.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace weir::ctl {

struct Surroundings {
  std::string socket = "/run/weir/weir.sock";  ///< unless -S says otherwise
  bool terminal = false;                       ///< output is one, and NO_COLOR is not set
};

/// Returns the exit code (client.hpp).
int run(const std::vector<std::string>& arguments, const Surroundings& surroundings,
        std::ostream& out, std::ostream& err);

}  // namespace weir::ctl
