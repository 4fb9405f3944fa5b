// What changes by itself while Weir runs, and belongs into the log: links, buffers, workers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/log.hpp"
#include "control/worker_pulse.hpp"

namespace weir {

/// Control's thread. A state is told when it begins and when it ends, not in between.
class HealthWatch {
 public:
  /// Both outlive it.
  HealthWatch(const EngineView& engine, Log& log);
  void every_second();

 private:
  void look_at_links();
  void look_at_pools();
  void look_at_workers();

  const EngineView& engine_;
  Log& log_;
  WorkerPulse pulse_;
  std::vector<std::optional<bool>> link_up_;  // by port; nothing: not looked at yet
  std::vector<bool> low_;                     // by pool
  std::vector<std::uint32_t> seconds_still_;  // by worker
};

}  // namespace weir
