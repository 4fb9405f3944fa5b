#include "ctl/effective_config.hpp"

#include <algorithm>
#include <iterator>

#include "base/words.hpp"

namespace weir::ctl {
namespace {

constexpr std::string_view kSecretWords[] = {"key", "secret", "password", "token"};
constexpr std::string_view kMask = "********";

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

std::vector<std::string> sections_of(std::string_view text) {
  std::vector<std::string> sections;
  for_each_line(text, [&sections](std::string_view line) {
    if (line.starts_with('[')) sections.emplace_back(line);
  });
  return sections;
}

bool has(const std::vector<std::string>& sections, const std::string& section) {
  return std::ranges::find(sections, section) != sections.end();
}

bool is_default(const EffectiveKey& key) {
  return std::ranges::all_of(key.origins, [](const std::string& o) { return o == "default"; });
}

void add_lone(const std::vector<EffectiveKey>& keys, const std::vector<std::string>& here,
              const std::vector<std::string>& there, bool in_file,
              std::vector<LoneSection>& sections) {
  for (const std::string& section : here) {
    if (has(there, section)) continue;
    LoneSection lone{section, in_file, {}};
    std::ranges::copy_if(keys, std::back_inserter(lone.said), [&](const EffectiveKey& key) {
      return key.section == section && !is_default(key);
    });
    sections.push_back(std::move(lone));
  }
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

Comparison compare(std::string_view running_text, std::string_view file_text) {
  const auto running = parse_effective(running_text), file = parse_effective(file_text);
  const auto running_sections = sections_of(running_text), file_sections = sections_of(file_text);
  Comparison all;
  add_lone(running, running_sections, file_sections, false, all.sections);
  add_lone(file, file_sections, running_sections, true, all.sections);
  for (const EffectiveKey& key : running) {
    const EffectiveKey* const there = find(file, key);
    if (there == nullptr && has(file_sections, key.section)) {
      all.keys.push_back({key, {key.section, key.key, {}, {}}});
    } else if (there != nullptr && there->values != key.values) {
      all.keys.push_back({key, *there});
    }
  }
  for (const EffectiveKey& key : file) {
    if (find(running, key) != nullptr || !has(running_sections, key.section)) continue;
    all.keys.push_back({{key.section, key.key, {}, {}}, key});
  }
  return all;
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
