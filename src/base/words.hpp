// Text cut at its blanks.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace weir {

inline constexpr std::string_view kBlanks = " \t";

/// Blanks and tabs cut off both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The words between blanks and tabs.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace weir
