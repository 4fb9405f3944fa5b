// From the snapshot in force and another configuration to the next snapshot.
#pragma once

#include <cstdint>
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

/// What connections still hold on to, of what is retired.
struct StillUsed {
  std::vector<bool> services;   ///< by number: it has connections, TIME-WAIT left out
  std::vector<bool> listeners;  ///< by index: a flow knows it, TIME-WAIT included
};

/// Connections know their listener and service by number, so numbers stay: what is not wanted any
/// more is retired, and what a service's objects are made of makes another service when it changes,
/// so that open connections end as they began. A retired service's number is used again when
/// it has no connections, by a service of the same name if there is one. The ports are the same in
/// both configurations. The error is a sentence: there are no numbers left.
[[nodiscard]] Result<NextSnapshot> next_snapshot(const RunningSnapshot& running,
                                                 const Config& wanted, const StillUsed& used);

/// The same snapshot with those services draining, or serving again.
[[nodiscard]] std::shared_ptr<const Snapshot> drained_snapshot(
    const Snapshot& running, const std::vector<std::uint16_t>& services, bool draining);

}  // namespace weir
