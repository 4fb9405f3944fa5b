// A number that is not known yet, or never: shown as a dash, and as null in JSON.
#pragma once

#include <cmath>
#include <limits>

namespace weir::ctl::top {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
[[nodiscard]] inline bool is_known(double value) noexcept { return !std::isnan(value); }

}  // namespace weir::ctl::top
