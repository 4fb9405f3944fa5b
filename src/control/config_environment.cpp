// Takes the section, the name and the key out of a variable's name or out of --set's argument.
#include "control/config_environment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.hpp"
#include "base/words.hpp"
#include "control/config_keys.hpp"

namespace weir {
namespace {

constexpr std::string_view kPrefix = "WEIR_";

/// `RTO_MIN` as the files write it: `rto-min`.
std::string as_key(std::string_view upper) {
  std::string key(upper);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return key;
}

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// Kubernetes puts WEIR_SERVICE_HOST, WEIR_SERVICE_PORT_HTTP, WEIR_PORT and WEIR_PORT_80_TCP_ADDR
/// into each container beside a service called weir; they must not keep the daemon from starting.
bool made_by_kubernetes(std::string_view name) noexcept {
  if (name == "SERVICE_HOST" || name == "PORT") return true;
  if (name == "SERVICE_PORT" || name.starts_with("SERVICE_PORT_")) return true;
  constexpr std::string_view kPort = "PORT_";
  if (!name.starts_with(kPort)) return false;
  name.remove_prefix(kPort.size());
  const std::size_t underscore = std::min(name.find('_'), name.size());
  if (!all_digits(name.substr(0, underscore))) return false;
  name.remove_prefix(underscore);
  return name.starts_with("_TCP") || name.starts_with("_UDP") || name.starts_with("_SCTP");
}

/// The key that `words` ends in; no key of a section ends in '-' and another key of it.
const Key* key_at_end(Section section, std::string_view words) noexcept {
  for (const Key& key : config_keys(section)) {
    if (words.size() > key.name.size() + 1 && words.ends_with(key.name) &&
        words[words.size() - key.name.size() - 1] == '-') {
      return &key;
    }
  }
  return nullptr;
}

/// The section of that name in the files, with its own '-' and '_', or a new one.
std::string section_name(std::string_view words, const std::vector<std::string>& known) {
  for (const std::string& name : known) {
    if (as_key(name) == words) return name;
  }
  return std::string(words);
}

/// A section that nobody has is somebody else's variable (WEIR_VERSION), unless the key is ours and
/// the section only mistyped (WEIR_TPC_MSL).
std::string mistyped_section(std::string_view word, std::string_view key) {
  std::vector<std::string_view> with_this_key;
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    const bool has = find_key(section, key) != nullptr || key_at_end(section, key) != nullptr;
    if (has) with_this_key.push_back(kSectionNames[i]);
  }
  return did_you_mean(word, with_this_key);
}

/// ", did you mean 'tcp.msl'?" of an override that forgot the section.
std::string with_its_section(std::string_view key) {
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    if (find_key(section, key) == nullptr) continue;
    return fmt::format(", did you mean '{}{}.{}'?", kSectionNames[i],
                       is_named(section) ? ".NAME" : "", key);
  }
  return {};
}

std::string key_list(Section section) {
  std::vector<std::string_view> names;
  for (const Key& key : config_keys(section)) names.push_back(key.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::optional<IniEntry> read_variable(const std::string& variable, const KnownNames& names,
                                      ConfigProblems& problems) {
  const std::size_t equals = variable.find('=');
  if (!variable.starts_with(kPrefix) || equals == variable.npos) return std::nullopt;
  const std::string_view name = std::string_view(variable).substr(0, equals);
  const std::string_view bare = name.substr(std::min(kPrefix.size(), name.size()));
  if (bare == "CONFIG" || made_by_kubernetes(bare)) return std::nullopt;

  const ConfigOrigin origin{"environment " + printable(name), 0};
  const std::string words = as_key(bare);
  const std::size_t dash = std::min(words.find('-'), words.size());
  const std::string word = words.substr(0, dash);
  const std::string rest = words.substr(std::min(dash + 1, words.size()));
  const auto section = find_section(word);
  if (!section) {
    if (const std::string hint = mistyped_section(word, rest); !hint.empty()) {
      report(problems, origin, fmt::format("unknown section '{}'{}", printable(word), hint));
    }
    return std::nullopt;
  }

  IniEntry entry{origin, *section, {}, rest, std::string(trimmed(variable.substr(equals + 1)))};
  if (is_named(*section)) {
    const Key* key = key_at_end(*section, rest);
    if (key == nullptr) {
      report(
          problems, origin,
          fmt::format("no key of [{0} NAME] ends the variable's name; accepted: WEIR_{1}_NAME_KEY "
                      "with one of {2} (in capitals, '_' for '-')",
                      word, *section == Section::port ? "PORT" : "SERVICE", key_list(*section)));
      return std::nullopt;
    }
    const std::string_view label =
        std::string_view(rest).substr(0, rest.size() - key->name.size() - 1);
    entry.name = section_name(label, *section == Section::port ? names.ports : names.services);
    entry.key = key->name;
    if (const auto wrong = name_problem(entry.name)) {
      return report(problems, origin, "the section " + *wrong), std::nullopt;
    }
  }
  if (const auto wrong = value_problem(entry.value)) {
    return report(problems, origin, *wrong), std::nullopt;
  }
  return entry;
}

std::optional<IniEntry> read_override(const std::string& argument, ConfigProblems& problems) {
  const ConfigOrigin origin{"--set " + printable(argument), 0};
  const auto refuse = [&](std::string message) {
    report(problems, origin, std::move(message));
    return std::nullopt;
  };
  const std::size_t equals = argument.find('=');
  if (equals == argument.npos) {
    return refuse("has no '='; accepted: SECTION.KEY=VALUE, such as tcp.msl=30s");
  }
  const std::string_view path = trimmed(std::string_view(argument).substr(0, equals));
  const std::string_view value = trimmed(std::string_view(argument).substr(equals + 1));
  const std::size_t first = std::min(path.find('.'), path.size());
  const auto section = find_section(path.substr(0, first));
  if (!section && first == path.size()) {
    return refuse(
        fmt::format("has no section before the key{}; accepted: SECTION.KEY=VALUE, such "
                    "as tcp.msl=30s",
                    with_its_section(path)));
  }
  if (!section) {
    return refuse(fmt::format(
        "unknown section '{}'{}; accepted: {}", printable(path.substr(0, first)),
        did_you_mean(path.substr(0, first), {kSectionNames.begin(), kSectionNames.end()}),
        fmt::join(kSectionNames, ", ")));
  }
  std::string_view rest = path.substr(std::min(first + 1, path.size()));
  IniEntry entry{origin, *section, {}, {}, std::string(value)};
  if (is_named(*section)) {
    const std::size_t dot = rest.find('.');
    if (dot == rest.npos) {
      return refuse(
          fmt::format("lacks a name or a key; accepted: {0}.NAME.KEY=VALUE", to_string(*section)));
    }
    entry.name = rest.substr(0, dot);
    rest.remove_prefix(dot + 1);
    if (const auto wrong = name_problem(entry.name)) return refuse("the section " + *wrong);
  }
  entry.key = rest;
  if (entry.key.empty()) return refuse("has no key; accepted: one of " + key_list(*section));
  if (const auto wrong = value_problem(value)) return refuse(*wrong);
  return entry;
}

}  // namespace weir
