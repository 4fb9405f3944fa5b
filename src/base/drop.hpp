// The reasons for which a received frame is refused: one table makes enum, text and documentation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

enum class Drop : std::uint8_t {
#define WEIR_DROP(name, what, hint) name,
#include "base/drop.def"
#undef WEIR_DROP
};

struct DropText {
  std::string_view name;  ///< "<layer>_<reason>"
  std::string_view what;  ///< what was wrong with the frame
  std::string_view hint;  ///< what an operator may do
};

inline constexpr auto kDropTexts = std::to_array<DropText>({
#define WEIR_DROP(name, what, hint) {#name, what, hint},
#include "base/drop.def"
#undef WEIR_DROP
});
inline constexpr std::size_t kDropCount = kDropTexts.size();

[[nodiscard]] constexpr std::size_t index(Drop drop) noexcept {
  return static_cast<std::size_t>(drop);
}
[[nodiscard]] constexpr const DropText& text(Drop drop) noexcept { return kDropTexts[index(drop)]; }

/// The reason of that name, for `weirctl drops --explain`.
[[nodiscard]] constexpr std::optional<Drop> drop_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kDropCount; ++i) {
    if (kDropTexts[i].name == name) return static_cast<Drop>(i);
  }
  return std::nullopt;
}

}  // namespace weir
