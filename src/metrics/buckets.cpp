#include "metrics/buckets.hpp"

#include <array>

namespace weir {
namespace {

constexpr std::uint64_t kUs = 1000, kMs = 1000 * kUs, kS = 1000 * kMs;
constexpr auto kTimes = std::to_array<std::uint64_t>(
    {1 * kUs,   2500,      5 * kUs,  10 * kUs,   25 * kUs, 50 * kUs, 100 * kUs, 250 * kUs,
     500 * kUs, 1 * kMs,   2500'000, 5 * kMs,    10 * kMs, 25 * kMs, 50 * kMs,  100 * kMs,
     250 * kMs, 500 * kMs, 1 * kS,   2500 * kMs, 5 * kS,   10 * kS});
constexpr auto kBursts = std::to_array<std::uint64_t>({1, 2, 4, 8, 16, 32, 64});

Buckets buckets_of(const HistogramReading& reading, std::span<const std::uint64_t> borders,
                   double units) {
  Buckets buckets;
  buckets.count = reading.count();
  buckets.sum = static_cast<double>(reading.sum()) / units;
  std::uint64_t below = 0;
  std::size_t cell = 0;
  for (const std::uint64_t border : borders) {
    while (HistogramScale::end_of(cell) <= border) below += reading.cells()[cell++];
    buckets.up_to.emplace_back(static_cast<double>(border) / units, below);
  }
  return buckets;
}

}  // namespace

Buckets seconds_of(const HistogramReading& nanoseconds) {
  return buckets_of(nanoseconds, kTimes, 1e9);
}
Buckets frames_of(const HistogramReading& frames) { return buckets_of(frames, kBursts, 1); }

}  // namespace weir
