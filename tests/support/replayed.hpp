// What a stack in memory recorded, played again: each frame must meet the verdict that it had.
#pragma once

#include <optional>
#include <vector>

#include "pipeline/flight_recorder.hpp"
#include "pipeline/pipeline.hpp"

namespace weir::test {

/// How it was in life.
struct Life {
  Snapshot snapshot;
  std::vector<ServiceObjects> services;
  bool alone = true;                      ///< no other worker had any of the frames
  std::optional<std::uint64_t> received;  ///< frames that were recorded, if that is known
};

/// Asserts that nothing differs and nothing is left out when the records come out of a file, which
/// has the headers alone.
void expect_the_same_again(const FlightRecorder& recorder, Life life);

}  // namespace weir::test
