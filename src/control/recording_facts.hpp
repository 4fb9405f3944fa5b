// What a recording says of the weir that made it, before the frames.
#pragma once

#include <cstdint>
#include <string>

#include "control/commands.hpp"
#include "control/json.hpp"

namespace weir {

/// `config` (as `weir -T` prints it) without what is nobody's business who gets the file: names of
/// directories that are served, and the secrets of devices.
[[nodiscard]] std::string shareable_config(const std::string& config);

/// `weir.recording.v1` (docs/replay.md) but for "payload", which is the asker's choice.
[[nodiscard]] Json recording_facts(const ControlState& state, std::int64_t start_ns);

}  // namespace weir
