// The doctor as a command: what weir and weirctl do behind the word "doctor".
#pragma once

#include <iosfwd>
#include <string>

#include "doctor/check.hpp"

namespace weir::doctor {

struct Request {
  bool json = false, fix_script = false;
  std::string explain{};  ///< an id; empty: examine all
};

/// 0, or 1 when something fails that was not only to be explained; 2 for an id that does not exist,
/// with a sentence on `err`.
[[nodiscard]] int run(const Request& request, const Subject& subject, std::ostream& out,
                      std::ostream& err);
/// The same of a running weir.
[[nodiscard]] int run(const Request& request, const LiveSubject& subject, std::ostream& out,
                      std::ostream& err);
/// Asks the daemon behind that socket, which takes some seconds; 69 when there is none.
[[nodiscard]] int run_live(const Request& request, const std::string& socket, std::ostream& out,
                           std::ostream& err);

}  // namespace weir::doctor
