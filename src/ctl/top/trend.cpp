#include "ctl/top/trend.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ctl/top/unknown.hpp"

namespace weir::ctl::top {
namespace {

using Steps = std::array<std::string_view, 8>;
constexpr Steps kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr Steps kAscii{"_", ".", "-", ":", "=", "+", "*", "#"};

// The lowest step is for nothing at all: what is above zero is seen to be.
std::string_view step(double value, double full, const Steps& steps) {
  if (!is_known(value)) return " ";
  if (value <= 0 || full <= 0) return steps.front();
  constexpr double kHighest = std::tuple_size_v<Steps> - 1;
  return steps[static_cast<std::size_t>(std::clamp(value / full * kHighest + 0.5, 1.0, kHighest))];
}

}  // namespace

void Trend::add(double value) {
  values_.push_back(value);
  if (values_.size() > kMost) values_.pop_front();
}

std::string Trend::picture(std::size_t width, Charset charset, double full) const {
  const std::size_t shown = std::min(width, values_.size());
  const auto first = values_.end() - static_cast<std::ptrdiff_t>(shown);
  if (full == 0) {
    for (auto value = first; value != values_.end(); ++value) {
      if (is_known(*value)) full = std::max(full, *value);
    }
  }
  std::string text(width - shown, ' ');
  for (auto value = first; value != values_.end(); ++value) {
    text += step(*value, full, charset == Charset::utf8 ? kBlocks : kAscii);
  }
  return text;
}

}  // namespace weir::ctl::top
