// How long things took, as counts by duration: one thread records, others read.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/counter.hpp"

namespace weir::load {

/// 64 steps an octave (Gil Tene's HDR histogram has the idea): a duration is known to 1.6 %, from a
/// nanosecond to 2^40 (18 minutes); what is longer counts as that.
class LatencyScale {
 public:
  static constexpr unsigned kSteps = 64, kOctaves = 35;
  static constexpr std::size_t kCells = std::size_t{kSteps} * kOctaves;

  [[nodiscard]] static std::size_t cell_of(Duration d) noexcept {
    const auto ns = static_cast<std::uint64_t>(d.count() < 0 ? 0 : d.count());
    const auto octave = static_cast<unsigned>(std::bit_width(ns | (kSteps - 1))) - 6;
    const std::size_t cell =
        octave * kSteps + (ns >> (octave == 0 ? 0 : octave - 1)) - (octave == 0 ? 0 : kSteps);
    return cell < kCells ? cell : kCells - 1;
  }
  /// The longest duration of that cell.
  [[nodiscard]] static Duration end_of(std::size_t cell) noexcept {
    const std::size_t octave = cell / kSteps, step = cell % kSteps;
    if (octave == 0) return Duration(step);
    return Duration(((kSteps + step + 1) << (octave - 1)) - 1);
  }
};

/// What was counted between two moments, or since the start.
class LatencyReading {
 public:
  LatencyReading() : cells_(LatencyScale::kCells) {}
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The duration that `share` (0 to 1) of them did not exceed; zero when there is none.
  [[nodiscard]] Duration percentile(double share) const noexcept;
  void add(std::size_t cell, std::uint64_t n) noexcept {
    cells_[cell] += n;
    count_ += n;
  }
  [[nodiscard]] LatencyReading since(const LatencyReading& before) const;

 private:
  std::vector<std::uint64_t> cells_;
  std::uint64_t count_ = 0;
};

class LatencyCounts {
 public:
  void record(Duration d) noexcept { cells_[LatencyScale::cell_of(d)].add(); }
  /// Any thread.
  void add_to(LatencyReading& reading) const noexcept {
    for (std::size_t i = 0; i < cells_.size(); ++i) reading.add(i, cells_[i].get());
  }

 private:
  std::array<Counter, LatencyScale::kCells> cells_;
};

}  // namespace weir::load
