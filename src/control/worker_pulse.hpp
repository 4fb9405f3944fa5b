// Whether every worker's loop turns.
#pragma once

#include <cstdint>
#include <vector>

#include "control/engine_view.hpp"

namespace weir {

/// Reads counters that the workers write anyway. A worker that has nothing to do wakes ten times a
/// second at least (runtime/worker.cpp), so that looks should be a second apart, or 300 ms at
/// least.
class WorkerPulse {
 public:
  /// `engine` outlives it. The first look compares with this moment.
  explicit WorkerPulse(const EngineView& engine) : engine_(engine) {
    for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
      rounds_.push_back(engine.counters(w).rounds.get());
    }
  }

  /// The workers whose loop has not turned since the last look.
  [[nodiscard]] std::vector<std::uint16_t> look() {
    std::vector<std::uint16_t> still;
    for (std::uint16_t w = 0; w < rounds_.size(); ++w) {
      const std::uint64_t rounds = engine_.counters(w).rounds.get();
      if (rounds == rounds_[w]) still.push_back(w);
      rounds_[w] = rounds;
    }
    return still;
  }

 private:
  const EngineView& engine_;
  std::vector<std::uint64_t> rounds_;
};

}  // namespace weir
