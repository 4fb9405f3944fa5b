// The configuration as text: what is in force and why, and what can be said.
#include <fmt/format.h>

#include "control/config_keys.hpp"
#include "control/config_loader.hpp"

namespace weir {
namespace {

std::string shown(const ConfigOrigin& origin, const std::string& directory) {
  std::string text = to_string(origin);
  const std::string prefix = directory + "/";
  if (origin.in_file() && !directory.empty() && text.starts_with(prefix))
    text.erase(0, prefix.size());
  return text;
}

std::string origin_comment(const SettingText& value, const Setting& setting,
                           const std::string& directory) {
  std::string text = shown(value.origin, directory);
  if (setting.file_said) {
    text += fmt::format("   (file said {}, {})",
                        setting.file_said->text.empty() ? "nothing" : setting.file_said->text,
                        shown(setting.file_said->origin, directory));
  }
  return text;
}

std::string dump_key(const Key& key, const SectionTexts& section, const std::string& directory) {
  const auto line = [&](std::string_view value, std::string_view comment) {
    return fmt::format("{:<15} = {:<24} # {}\n", key.name, value, comment);
  };
  const auto found = section.settings.find(key.name);
  if (found == section.settings.end() || found->second.values.empty()) {
    return line(key.default_text, "default");
  }
  std::string text;
  for (const SettingText& value : found->second.values) {
    text += line(value.text, origin_comment(value, found->second, directory));
  }
  return text;
}

std::string reference_line(const Key& key) {
  std::string default_text = "required";
  if (key.need == Need::optional) {
    default_text = key.default_text.empty() ? "nothing" : fmt::format("`{}`", key.default_text);
  }
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, key.accepted(), default_text,
                     key.applies == Applies::on_restart ? "restart" : "reload", key.meaning);
}

constexpr std::string_view kReferenceHead =
    R"(# weir.conf: every key

One table a section, made from the table of keys in src/control/config_keys.cpp; a test keeps this page
equal to it. *Reload* keys take effect when the configuration is read again, *restart* keys at the next
start.

- A line is `[SECTION]`, `KEY = VALUE`, or a comment that starts with `#` or `;`. Behind a value a comment
  starts with a blank and `#`; in `a#b` it is part of the word. A value holds no word that starts with `#`.
- A section may be continued anywhere, in drop-ins too. `address`, `gateway` and `listen` repeat, or hold
  several values between blanks or commas; an empty one forgets those before it. Other keys stand once in a
  file.
- Built-in default < `weir.conf` < `conf.d/*.conf` in the order of their names < environment
  (`WEIR_TCP_MSL`, `WEIR_SERVICE_WEB_ROOT`: capitals, `_` for `-`) < `--set` (`tcp.msl=30s`,
  `service.web.root=/srv/www`). Drop-ins add to a list; environment and `--set` replace it.
- K, M and G are of 1024 for bytes and of 1000 for counts and rates. Booleans are `on` or `off`, `yes` or
  `no`, `true` or `false`.
- NAME in `[port NAME]` and `[service NAME]` is at most 32 of `a-z`, `0-9`, `_` and `-`.
)";

}  // namespace

std::string dump_effective(const LoadedConfig& loaded) {
  std::string text;
  for (const SectionTexts& section : loaded.sections) {
    text +=
        fmt::format("{}{}\n", text.empty() ? "" : "\n", header_text(section.section, section.name));
    for (const Key& key : config_keys(section.section)) {
      text += dump_key(key, section, loaded.directory);
    }
  }
  return text;
}

std::string config_reference() {
  std::string text(kReferenceHead);
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    text += fmt::format(
        "\n## {}\n\n| key | values | default | applies at | meaning |\n"
        "|---|---|---|---|---|\n",
        header_text(section, "NAME"));
    for (const Key& key : config_keys(section)) text += reference_line(key);
  }
  return text;
}

}  // namespace weir
