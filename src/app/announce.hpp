// What weir says when it begins and when it ends.
#pragma once

#include <string>
#include <vector>

#include "control/engine_view.hpp"

namespace weir {

/// One line a port and a service, for the log.
[[nodiscard]] std::vector<std::string> announcement(const EngineView& engine);

/// What `weir --demo` prints: who listens where and a command to try on each.
[[nodiscard]] std::string demo_announcement(const EngineView& engine, const std::string& version);

/// "stopped: received 1234 = answered 1000 + …", from counters of workers that have stopped.
[[nodiscard]] std::string farewell(const EngineView& engine);

}  // namespace weir
