// What a stack in memory recorded, played again: each frame must meet the verdict that it had.
#pragma once

#include <vector>

#include "pipeline/flight_recorder.hpp"
#include "pipeline/pipeline.hpp"

namespace weir::test {

/// Asserts that nothing differs.
void expect_the_same_again(const FlightRecorder& recorder, Snapshot snapshot,
                           std::vector<ServiceObjects> services);

}  // namespace weir::test
