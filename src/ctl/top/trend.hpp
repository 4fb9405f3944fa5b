// What a number was lately, and the little picture of it.
#pragma once

#include <deque>
#include <string>

namespace weir::ctl::top {

/// How a terminal is written to.
enum class Charset : unsigned char { ascii, utf8 };

class Trend {
 public:
  static constexpr std::size_t kMost = 300;  ///< readings; the widest picture

  /// Unknown values leave a gap.
  void add(double value);
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }

  /// One column a reading, the newest at the right edge; `width` columns always. A full column is
  /// `full`, or the largest value that is shown when that is 0.
  [[nodiscard]] std::string picture(std::size_t width, Charset charset, double full = 0) const;

 private:
  std::deque<double> values_;  // oldest first
};

}  // namespace weir::ctl::top
