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
[[nodiscard]] std::vector<Difference> differences(const std::vector<EffectiveKey>& running,
                                                  const std::vector<EffectiveKey>& file);

/// The text with the values of keys that name secrets as asterisks.
[[nodiscard]] std::string masked(std::string_view text);

}  // namespace weir::ctl
