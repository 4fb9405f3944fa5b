// The same numbers for programs.
#pragma once

#include "ctl/top/model.hpp"

namespace weir::ctl::top {

/// "weir.top.v1", one line a reading; what is not known is null.
[[nodiscard]] Json report_of(const Model& model);

}  // namespace weir::ctl::top
