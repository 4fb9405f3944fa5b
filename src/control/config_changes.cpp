// Section by section and key by key.
#include "control/config_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "control/config_keys.hpp"

namespace weir {
namespace {

constexpr std::string_view kRestart =
    "needs a restart (weirctl drain --wait 60s, then systemctl restart weir)";

const SectionTexts* find_section(const LoadedConfig& in, const SectionTexts& like) {
  const auto found = std::find_if(in.sections.begin(), in.sections.end(), [&](const auto& one) {
    return one.section == like.section && one.name == like.name;
  });
  return found == in.sections.end() ? nullptr : &*found;
}

// As written, or the default.
std::string value_of(const SectionTexts& section, const Key& key) {
  const auto found = section.settings.find(key.name);
  std::string text;
  if (found != section.settings.end()) {
    for (const SettingText& value : found->second.values) {
      text += (text.empty() ? "" : ", ") + printable(value.text);
    }
  }
  if (text.empty()) text = key.default_text;
  return text.empty() ? "nothing" : text;
}

ConfigOrigin origin_of(const SectionTexts& section, const Key& key) {
  const auto found = section.settings.find(key.name);
  const bool said = found != section.settings.end() && !found->second.values.empty();
  return said ? found->second.values[0].origin : section.origin;
}

void compare_keys(const SectionTexts& from, const SectionTexts& to, ConfigChanges& out) {
  const std::string header = header_text(to.section, to.name);
  for (const Key& key : config_keys(to.section)) {
    const std::string before = value_of(from, key), after = value_of(to, key);
    if (before == after) continue;
    out.lines.push_back(fmt::format("{} {}: {} -> {}", header, key.name, before, after));
    if (key.applies == Applies::on_reload) continue;
    report(out.refused, origin_of(to, key),
           fmt::format("{} {} changed {} -> {}: this key {}", header, key.name, before, after,
                       kRestart));
  }
}

// A service comes and goes; a port is opened at the start.
void add_section(const SectionTexts& section, std::string_view what, ConfigChanges& out) {
  const std::string header = header_text(section.section, section.name);
  out.lines.push_back(fmt::format("{}: {}", header, what));
  if (section.section != Section::port) return;
  report(out.refused, section.origin, fmt::format("{} is {}: that {}", header, what, kRestart));
}

}  // namespace

ConfigChanges changes_between(const LoadedConfig& from, const LoadedConfig& to) {
  ConfigChanges out;
  for (const SectionTexts& section : to.sections) {
    const SectionTexts* const before = find_section(from, section);
    before == nullptr ? add_section(section, "new", out) : compare_keys(*before, section, out);
  }
  for (const SectionTexts& section : from.sections) {
    if (find_section(to, section) == nullptr) add_section(section, "gone", out);
  }
  return out;
}

}  // namespace weir
