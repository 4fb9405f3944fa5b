// What `weir -T` prints, read back: keys with their values and where these come from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::ctl {

struct EffectiveKey {
  std::string section, key;  ///< "[service web]", "backlog"
  std::vector<std::string> values, origins;

  [[nodiscard]] bool same_place(const EffectiveKey& other) const {
    return section == other.section && key == other.key;
  }
};

[[nodiscard]] std::vector<EffectiveKey> parse_effective(std::string_view text);

/// A key that has different values here and there; one of both may have none.
struct Difference {
  EffectiveKey running, file;
};

/// A section that only one side has, a service of its own above all.
struct LoneSection {
  std::string section;
  bool in_file = false;            ///< else it runs, and the file has it no more
  std::vector<EffectiveKey> said;  ///< its keys that are no defaults
};

struct Comparison {
  std::vector<LoneSection> sections;
  std::vector<Difference> keys;  ///< of the sections that both have

  [[nodiscard]] bool is_equal() const noexcept { return sections.empty() && keys.empty(); }
};
/// Of two texts as `weir -T` prints them.
[[nodiscard]] Comparison compare(std::string_view running, std::string_view file);

/// The text with the values of keys that name secrets as asterisks.
[[nodiscard]] std::string masked(std::string_view text);

}  // namespace weir::ctl
