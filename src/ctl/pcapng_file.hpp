// A pcapng stream of the daemon's, into a file of the user's or a pipe.
#pragma once

#include <string>

#include "ctl/interrupt.hpp"
#include "ctl/pcapng_counter.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {

/// Writes what follows the reply to the file; "-" is standard output. The user's own rights decide
/// about the file: the daemon knows nothing of it. Throws Failure when it cannot be written.
[[nodiscard]] PcapngCounter write_file(Session& session, Connection& connection,
                                       const Interrupt& interrupt, const std::string& name);

}  // namespace weir::ctl
