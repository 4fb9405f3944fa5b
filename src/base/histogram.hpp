// How often which value was seen: one thread counts, others read, and quantiles are known to 1.6 %.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/counter.hpp"

namespace weir {

/// 64 steps an octave (Gil Tene's HDR histogram has the idea): up to 127 every value has a cell of
/// its own, then a cell is a 64th of its values wide or less. From 2^40 on (of nanoseconds,
/// 18 minutes) all is in the last one.
///
///   value  0 1 … 127 | 128-129 130-131 … 254-255 | 256-259 …
///   cell   0 1 … 127 | 128     129     … 191     | 192     …
class HistogramScale {
 public:
  static constexpr unsigned kStepBits = 6, kValueBits = 40;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  static constexpr std::size_t kCells = (kValueBits - kStepBits + 1) * kSteps;

  [[nodiscard]] static constexpr std::size_t cell_of(std::uint64_t value) noexcept {
    const auto shift =
        static_cast<unsigned>(std::bit_width(value | (2 * kSteps - 1))) - kStepBits - 1;
    const std::size_t cell = (shift << kStepBits) + (value >> shift);
    return cell < kCells ? cell : kCells - 1;
  }
  /// The smallest and the largest value of a cell.
  [[nodiscard]] static constexpr std::uint64_t begin_of(std::size_t cell) noexcept {
    return cell < 2 * kSteps ? cell : (kSteps + cell % kSteps) << (cell / kSteps - 1);
  }
  [[nodiscard]] static constexpr std::uint64_t end_of(std::size_t cell) noexcept {
    return begin_of(cell + 1) - 1;
  }
};

/// 18 KB. Written by its worker alone; any thread may read.
class Histogram {
 public:
  /// `n` times the same value: n frames that took as long.
  void record(std::uint64_t value, std::uint64_t n = 1) noexcept {
    cells_[HistogramScale::cell_of(value)].add(n);
    sum_.add(value * n);
  }
  /// In nanoseconds; a duration below zero counts as none.
  void record(Duration duration, std::uint64_t n = 1) noexcept {
    record(duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count()), n);
  }
  /// Forgets all; the writer's.
  void clear() noexcept {
    for (Counter& cell : cells_) cell.set(0);
    sum_.set(0);
  }
  [[nodiscard]] std::uint64_t in_cell(std::size_t cell) const noexcept {
    return cells_[cell].get();
  }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.get(); }

 private:
  std::array<Counter, HistogramScale::kCells> cells_;
  Counter sum_;
};

/// What was counted, since the start or between two moments, by one worker or by several.
class HistogramReading {
 public:
  HistogramReading() : cells_(HistogramScale::kCells) {}

  /// What is read while it is written lacks a value or so, and its sum may be a value ahead.
  void add(const Histogram& histogram) noexcept;
  void add(std::size_t cell, std::uint64_t n) noexcept {
    cells_[cell] += n;
    count_ += n;
  }
  void add_sum(std::uint64_t sum) noexcept { sum_ += sum; }
  HistogramReading& operator+=(const HistogramReading& other) noexcept;
  /// `before` is an earlier reading of the same; a cell that was cleared in between counts whole.
  [[nodiscard]] HistogramReading since(const HistogramReading& before) const;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }  ///< exact
  [[nodiscard]] double mean() const noexcept;
  /// The value that `share` (0 to 1) of them did not exceed, rounded up to its cell's end; zero
  /// when there is none.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept;
  /// The smallest, rounded down, and the largest, rounded up; zero when there is none.
  [[nodiscard]] std::uint64_t min() const noexcept;
  [[nodiscard]] std::uint64_t max() const noexcept { return quantile(1); }
  [[nodiscard]] std::span<const std::uint64_t> cells() const noexcept { return cells_; }

 private:
  std::vector<std::uint64_t> cells_;
  std::uint64_t count_ = 0, sum_ = 0;
};

}  // namespace weir
