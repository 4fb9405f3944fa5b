// Reads each source and merges it over those before it.
#include "control/config_layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/did_you_mean.hpp"
#include "control/config_environment.hpp"
#include "control/config_keys.hpp"

namespace weir {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFileBytes = 1 << 20;  // so that -c /dev/zero ends in a sentence

enum class Kind : std::uint8_t { file, environment, command_line };

std::optional<std::string> read_file(const std::string& path, ConfigProblems& problems) {
  const auto fail = [&](std::string_view why) {
    problems.push_back({path, 0, fmt::format("cannot be read: {}", why)});
    return std::nullopt;
  };
  std::error_code error;
  if (fs::is_directory(path, error)) return fail("it is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(std::strerror(errno));
  std::string text(kMostFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail("an error while reading");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMostFileBytes) return fail("it is larger than 1 MB");
  return text;
}

std::vector<std::string> drop_ins(const std::string& main_file, ConfigProblems& problems) {
  const fs::path directory = fs::path(main_file).parent_path() / "conf.d";
  std::vector<std::string> files;
  std::error_code error;
  if (!fs::exists(directory, error)) return files;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".conf") && !name.starts_with('.')) files.push_back(it->path().string());
  }
  if (error) problems.push_back({directory.string(), 0, "cannot be read: " + error.message()});
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string_view> items_of(std::string_view text) {
  constexpr std::string_view kSeparators = " \t,";
  std::vector<std::string_view> items;
  while (true) {
    const std::size_t first = text.find_first_not_of(kSeparators);
    if (first == text.npos) return items;
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
    items.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// The headers of the sections that have such a key: "[tcp]".
std::string owners(std::string_view key) {
  std::string text;
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    if (find_key(section, key) == nullptr) continue;
    text += (text.empty() ? "" : " and ") + header_text(section, "NAME");
  }
  return text;
}

class Merger {
 public:
  explicit Merger(ConfigLayers& out) : out_(out) {}

  void next_source(Kind kind, std::string name) {
    ++layer_;
    kind_ = kind;
    out_.sources.push_back(std::move(name));
  }

  void add(const IniEntry& entry) {
    SectionTexts& section = section_of(entry);
    if (entry.key.empty()) return;
    const Key* key = find_key(entry.section, entry.key);
    if (key == nullptr) {
      section.unknown.push_back(entry.key);
      return complain_unknown(entry);
    }
    Setting& setting = section.settings[entry.key];
    key->is_list() ? add_items(setting, entry) : replace(setting, entry);
    setting.layer = layer_;
  }

  void add_text(std::string_view text, const std::string& file) {
    next_source(Kind::file, file);
    IniText ini = read_ini(text, file);
    std::move(ini.problems.begin(), ini.problems.end(), std::back_inserter(out_.problems));
    out_.sections_lost = out_.sections_lost || ini.sections_lost;
    for (const IniEntry& entry : ini.entries) add(entry);
  }

  /// A file that cannot be read is an empty one and a problem.
  void add_file(const std::string& file) {
    const auto text = read_file(file, out_.problems);
    out_.sections_lost = out_.sections_lost || !text;
    add_text(text.value_or(std::string{}), file);
  }

 private:
  SectionTexts& section_of(const IniEntry& entry) {
    // Linear: a host has tens of sections, and their order is the one in which they are printed.
    for (SectionTexts& known : out_.sections) {
      if (known.section == entry.section && known.name == entry.name) return known;
    }
    return out_.sections.emplace_back(
        SectionTexts{entry.section, entry.name, entry.origin, {}, {}});
  }

  void complain_unknown(const IniEntry& entry) {
    std::vector<std::string_view> names;
    for (const Key& key : config_keys(entry.section)) names.push_back(key.name);
    std::string hint = did_you_mean(entry.key, names);
    if (const std::string other = owners(entry.key); hint.empty() && !other.empty()) {
      hint = ", which belongs to " + other;
    }
    report(out_.problems, entry.origin,
           fmt::format("unknown key '{}' in {}{}; accepted: {}", printable(entry.key),
                       header_text(entry.section, entry.name), hint, fmt::join(names, ", ")));
  }

  void remember_file(Setting& setting) {
    if (kind_ == Kind::file || setting.values.empty() || !setting.values.front().origin.in_file()) {
      return;
    }
    SettingText said = setting.values.front();
    for (std::size_t i = 1; i < setting.values.size(); ++i)
      said.text += " " + setting.values[i].text;
    setting.file_said = std::move(said);
  }

  void replace(Setting& setting, const IniEntry& entry) {
    if (kind_ == Kind::file && setting.layer == layer_ && !setting.values.empty()) {
      return report(out_.problems, entry.origin,
                    fmt::format("'{}' in {} is already set at {}; accepted: one value (listen, "
                                "address and gateway may repeat)",
                                entry.key, header_text(entry.section, entry.name),
                                to_string(setting.values.front().origin)));
    }
    remember_file(setting);
    setting.values = {{entry.value, entry.origin}};
  }

  /// Drop-ins add to a list, since they must not have to repeat it; the environment and --set
  /// replace it. An empty value forgets what was said before.
  void add_items(Setting& setting, const IniEntry& entry) {
    if (kind_ != Kind::file && setting.layer != layer_) {
      remember_file(setting);
      setting.values.clear();
    }
    const auto items = items_of(entry.value);
    if (items.empty()) setting.values.clear();
    for (const std::string_view item : items) {
      setting.values.push_back({std::string(item), entry.origin});
    }
  }

  ConfigLayers& out_;
  std::size_t layer_ = 0;
  Kind kind_ = Kind::file;
};

void merge_files(const ConfigSources& sources, Merger& merger, ConfigProblems& problems) {
  if (sources.text) return merger.add_text(*sources.text, sources.file);
  if (sources.file.empty()) return;
  merger.add_file(sources.file);
  for (const std::string& file : drop_ins(sources.file, problems)) merger.add_file(file);
}

void add_missing_sections(std::vector<SectionTexts>& sections) {
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    const bool there = std::any_of(sections.begin(), sections.end(),
                                   [&](const SectionTexts& s) { return s.section == section; });
    if (!is_named(section) && !there) sections.push_back({section, {}, {}, {}, {}});
  }
  std::stable_sort(
      sections.begin(), sections.end(),
      [](const SectionTexts& a, const SectionTexts& b) { return a.section < b.section; });
}

}  // namespace

ConfigLayers read_layers(const ConfigSources& sources) {
  ConfigLayers out;
  Merger merger(out);
  merge_files(sources, merger, out.problems);

  std::vector<std::string> services, ports;
  for (const SectionTexts& s : out.sections) {
    if (is_named(s.section)) (s.section == Section::port ? ports : services).push_back(s.name);
  }
  merger.next_source(Kind::environment, "environment");
  for (const std::string& variable : sources.environment) {
    const auto entry = read_variable(variable, {ports, services}, out.problems);
    if (entry) merger.add(*entry);
  }
  merger.next_source(Kind::command_line, "--set");
  for (const std::string& argument : sources.overrides) {
    if (const auto entry = read_override(argument, out.problems)) merger.add(*entry);
  }
  add_missing_sections(out.sections);
  return out;
}

}  // namespace weir
