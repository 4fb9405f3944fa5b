#include "load/latency.hpp"

#include <algorithm>
#include <cmath>

namespace weir::load {

Duration LatencyReading::percentile(double share) const noexcept {
  if (count_ == 0) return Duration{};
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    seen += cells_[i];
    if (seen >= wanted) return LatencyScale::end_of(i);
  }
  return LatencyScale::end_of(cells_.size() - 1);
}

LatencyReading LatencyReading::since(const LatencyReading& before) const {
  LatencyReading difference;
  for (std::size_t i = 0; i < cells_.size(); ++i) difference.add(i, cells_[i] - before.cells_[i]);
  return difference;
}

}  // namespace weir::load
