// From the snapshot in force and another configuration to the next snapshot.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"
#include "pipeline/snapshot.hpp"

namespace weir {

/// What runs: `numbers` are those of the configuration's services in the snapshot.
struct RunningSnapshot {
  const Snapshot& snapshot;
  const Config& config;
  const std::vector<std::uint16_t>& numbers;
};

struct NextSnapshot {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::uint16_t> numbers;  ///< of the wanted configuration's services, in its order
  std::vector<std::uint16_t> fresh;    ///< those of them that need objects of their own
};

/// Connections know their listener and service by number, so numbers stay: what is not wanted any
/// more is retired, and what a service's objects are made of makes another service when it changes,
/// so that open connections end as they began. A retired service's number is used again when
/// `is_idle(number)`. The ports are the same in both configurations. The error is a sentence: there
/// are no numbers left.
[[nodiscard]] Result<NextSnapshot> next_snapshot(const RunningSnapshot& running,
                                                 const Config& wanted,
                                                 const std::function<bool(std::uint16_t)>& is_idle);

/// The same snapshot with those services draining, or serving again.
[[nodiscard]] std::shared_ptr<const Snapshot> drained_snapshot(
    const Snapshot& running, const std::vector<std::uint16_t>& services, bool draining);

}  // namespace weir
