#include "ctl/effective_config.hpp"

#include <algorithm>

namespace weir::ctl {
namespace {

constexpr std::string_view kSecretWords[] = {"key", "secret", "password", "token"};
constexpr std::string_view kMask = "********";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const EffectiveKey* find(const std::vector<EffectiveKey>& keys, const EffectiveKey& wanted) {
  const auto found = std::ranges::find_if(
      keys, [&wanted](const EffectiveKey& key) { return key.same_place(wanted); });
  return found == keys.end() ? nullptr : &*found;
}

bool is_secret(std::string_view key) {
  return std::ranges::any_of(kSecretWords, [key](std::string_view word) {
    return key.find(word) != std::string_view::npos;
  });
}

}  // namespace

std::vector<EffectiveKey> parse_effective(std::string_view text) {
  std::vector<EffectiveKey> keys;
  std::string section;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with('[')) section = line;
    const std::size_t equals = line.find('=');
    if (line.starts_with('[') || equals == std::string_view::npos) return;
    // No value holds a word that begins with '#': what follows is the origin.
    const std::size_t comment = std::min(line.find(" #", equals), line.size());
    EffectiveKey key{section, std::string(trimmed(line.substr(0, equals))), {}, {}};
    if (keys.empty() || !keys.back().same_place(key)) keys.push_back(std::move(key));
    keys.back().values.emplace_back(trimmed(line.substr(equals + 1, comment - equals - 1)));
    keys.back().origins.emplace_back(comment < line.size() ? trimmed(line.substr(comment + 2))
                                                           : std::string_view{});
  });
  return keys;
}

std::vector<Difference> differences(const std::vector<EffectiveKey>& running,
                                    const std::vector<EffectiveKey>& file) {
  std::vector<Difference> list;
  for (const EffectiveKey& key : running) {
    const EffectiveKey* there = find(file, key);
    if (there == nullptr) {
      list.push_back({key, {key.section, key.key, {}, {}}});
    } else if (there->values != key.values) {
      list.push_back({key, *there});
    }
  }
  for (const EffectiveKey& key : file) {
    if (find(running, key) == nullptr) list.push_back({{key.section, key.key, {}, {}}, key});
  }
  return list;
}

std::string masked(std::string_view text) {
  std::string result;
  for_each_line(text, [&result](std::string_view line) {
    const std::size_t equals = line.find('=');
    const bool secret = equals != std::string_view::npos && is_secret(line.substr(0, equals)) &&
                        !trimmed(line.substr(equals + 1)).empty();
    result += secret ? std::string(line.substr(0, equals + 1)) + " " + std::string(kMask)
                     : std::string(line);
    result += '\n';
  });
  return result;
}

}  // namespace weir::ctl
