// What weir says when it begins and when it ends.
#pragma once

#include <string>

#include "control/engine_view.hpp"
#include "control/log.hpp"

namespace weir {

/// Workers, ports and services, a line each.
void announce(const EngineView& engine, Log& log);

/// What `weir --demo` prints: who listens where and a command to try on each.
[[nodiscard]] std::string demo_announcement(const EngineView& engine, const std::string& version);

/// What became of all frames, from counters of workers that have stopped.
void say_farewell(const EngineView& engine, Log& log);

}  // namespace weir
