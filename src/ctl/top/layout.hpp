// What the screen shows: from the model, what was chosen and the size to lines.
#pragma once

#include "ctl/top/tables.hpp"

namespace weir::ctl::top {

inline constexpr std::size_t kLeastWidth = 40, kLeastHeight = 10;

struct Screen {
  Lines lines;             ///< at most frame.height, none wider than frame.width; fewer of a batch
  std::size_t scroll = 0;  ///< where a page really begins
};

[[nodiscard]] Screen screen_of(const Model& model, const Panel& panel, const Frame& frame,
                               const Numbers& numbers);

/// State and totals, in at most `most` lines.
[[nodiscard]] Lines head_of(const Model& model, const Panel& panel, const Frame& frame,
                            const Numbers& numbers, std::size_t most);
/// The keys that are worth a reminder, as many as fit.
[[nodiscard]] Line key_line(const Frame& frame);
/// What each key does.
[[nodiscard]] Lines help_of(const Frame& frame);

}  // namespace weir::ctl::top
