// A histogram in the borders that Prometheus is told, which never change: people compare them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/histogram.hpp"

namespace weir {

struct Buckets {
  /// Upper border and how many lie at or below it, in ascending order; the last one is not the
  /// largest value's.
  std::vector<std::pair<double, std::uint64_t>> up_to;
  std::uint64_t count = 0;
  double sum = 0;
};

/// Of nanoseconds, told in seconds: 1, 2.5 and 5 times each power of ten from 1 us to 10 s. A value
/// less than 1.6 % below a border may count as above it.
[[nodiscard]] Buckets seconds_of(const HistogramReading& nanoseconds);
/// Of frames: 1, 2, 4 to 64, exact.
[[nodiscard]] Buckets frames_of(const HistogramReading& frames);

}  // namespace weir
