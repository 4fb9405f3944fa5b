// The model's rows as tables, in the order that was chosen.
#pragma once

#include "ctl/table.hpp"
#include "ctl/top/grid.hpp"
#include "ctl/top/model.hpp"
#include "ctl/top/panel.hpp"

namespace weir::ctl::top {

/// `model` outlives the grid and is not empty.
[[nodiscard]] Grid grid_of(Table which, const Model& model, const Panel& panel,
                           const Numbers& numbers);
/// What stands there when there is no row.
[[nodiscard]] std::string_view nothing_of(Table which) noexcept;

/// A dash for what is not known.
template <class Text>
[[nodiscard]] std::string known_or_dash(double value, Text&& text) {
  return is_known(value) ? text(value) : "-";
}

}  // namespace weir::ctl::top
