// The reader's side: sums, differences, and what share lies below what.
#include "base/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

void HistogramReading::add(const Histogram& histogram) noexcept {
  for (std::size_t i = 0; i < cells_.size(); ++i) add(i, histogram.in_cell(i));
  sum_ += histogram.sum();
}

HistogramReading& HistogramReading::operator+=(const HistogramReading& other) noexcept {
  for (std::size_t i = 0; i < cells_.size(); ++i) add(i, other.cells_[i]);
  sum_ += other.sum_;
  return *this;
}

HistogramReading HistogramReading::since(const HistogramReading& before) const {
  HistogramReading difference;
  const auto grown = [](std::uint64_t then, std::uint64_t now) {
    return now < then ? now : now - then;
  };
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    difference.add(i, grown(before.cells_[i], cells_[i]));
  }
  difference.sum_ = grown(before.sum_, sum_);
  return difference;
}

double HistogramReading::mean() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t HistogramReading::quantile(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
  std::size_t cell = 0;
  for (std::uint64_t seen = cells_[0]; seen < wanted; seen += cells_[cell]) ++cell;
  return HistogramScale::end_of(cell);
}

std::uint64_t HistogramReading::min() const noexcept {
  const auto first = std::find_if(cells_.begin(), cells_.end(), [](auto n) { return n != 0; });
  if (first == cells_.end()) return 0;
  return HistogramScale::begin_of(static_cast<std::size_t>(first - cells_.begin()));
}

}  // namespace weir
