// Frames that the daemon tells of, a JSON line each, for people to read.
#pragma once

#include <functional>
#include <string>

#include "control/json.hpp"
#include "ctl/interrupt.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {

/// "09:20:11.103220": the time of day of a frame, UTC as the daemon gave it.
[[nodiscard]] std::string clock_of(const Json& frame);
/// "dropped: tcp_no_listener", or "answered".
[[nodiscard]] std::string verdict_of(const Json& frame);

/// Hands each line to `show` as it comes, until the daemon ends or Ctrl-C, for which the caller
/// listens since before it asked; with --json prints them
/// as they are. Returns the line that says how it ended.
[[nodiscard]] Json follow_frames(Session& session, Connection& connection,
                                 const Interrupt& interrupt,
                                 const std::function<std::string(const Json&)>& show);

}  // namespace weir::ctl
