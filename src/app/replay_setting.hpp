// What a recording's frames were received by: configuration, ports, addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"
#include "pipeline/pipeline.hpp"
#include "service/wall_clock.hpp"

namespace weir {

/// Made from the facts of a recording (docs/replay.md).
struct ReplaySetting {
  Snapshot snapshot;
  Config config;
  std::string version;        ///< of the weir that recorded
  std::int64_t start_ns = 0;  ///< what the workers' clocks counted from, since 1970
};

/// The error is a sentence without the file's name.
[[nodiscard]] Result<ReplaySetting> replay_setting(const std::string& facts);

/// One worker's objects; `clock` outlives them.
[[nodiscard]] std::vector<ServiceObjects> services_of(const ReplaySetting& setting,
                                                      const WallClock& clock);

}  // namespace weir
