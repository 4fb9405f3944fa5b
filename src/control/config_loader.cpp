// From texts to typed values with Boost.Program_options, a section at a time and a value at a time,
// so that each bad one is reported at its own line.
#include "control/config_loader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/program_options/option.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>
#include <cassert>
#include <filesystem>
#include <utility>

#include "base/did_you_mean.hpp"
#include "control/config_check.hpp"
#include "control/config_keys.hpp"

namespace weir {
namespace {

namespace po = boost::program_options;

class SectionReader {
 public:
  SectionReader(SectionTexts& texts, const std::vector<SectionTexts>& all, Config& config,
                ConfigProblems& problems)
      : texts_(texts), all_(all), config_(config), problems_(problems) {
    for (const Key& key : config_keys(texts.section)) key.declare(description_, key);
  }

  void read() {
    store_defaults();
    for (const Key& key : config_keys(texts_.section)) {
      const auto setting = texts_.settings.find(key.name);
      const bool said = setting != texts_.settings.end() && !setting->second.values.empty();
      if (said) {
        store_values(key, setting->second);
      } else if (key.need == Need::required) {
        complain_missing(key);
      }
      const auto stored = values_.find(std::string(key.name));
      if (stored != values_.end() && !stored->second.empty()) {
        key.assign(stored->second.value(), config_);
      }
    }
  }

 private:
  void complain_missing(const Key& key) {
    const std::string header = header_text(texts_.section, texts_.name);
    if (!texts_.origin.in_file()) {
      if (std::exchange(name_doubted_, true)) return;
      return report(problems_, texts_.origin,
                    fmt::format("no file has a section {}{}; accepted: a section of the files, or "
                                "a new one with {}",
                                header, did_you_mean(texts_.name, names_in_files()),
                                fmt::join(required_keys(), " and ")));
    }
    const bool misspelt = std::any_of(
        texts_.unknown.begin(), texts_.unknown.end(),
        [&](const std::string& said) { return !did_you_mean(said, {key.name}).empty(); });
    if (misspelt) return;  // complained about already, with this name as the one that was meant
    report(problems_, texts_.origin,
           fmt::format("in {}: '{}' is required but missing; accepted: {}", header, key.name,
                       key.accepted()));
  }

  [[nodiscard]] std::vector<std::string_view> required_keys() const {
    std::vector<std::string_view> names;
    for (const Key& key : config_keys(texts_.section)) {
      if (key.need == Need::required) names.push_back(key.name);
    }
    return names;
  }

  [[nodiscard]] std::vector<std::string_view> names_in_files() const {
    std::vector<std::string_view> names;
    for (const SectionTexts& other : all_) {
      if (other.section == texts_.section && other.origin.in_file()) names.push_back(other.name);
    }
    return names;
  }

  void store_defaults() { po::store(po::parsed_options(&description_), values_); }

  void store_values(const Key& key, Setting& setting) {
    // A refused value is taken out: the i-th text then belongs to the i-th value of the list.
    std::erase_if(setting.values, [&](const SettingText& value) { return !store(key, value); });
  }

  bool store(const Key& key, const SettingText& value) {
    po::parsed_options parsed(&description_);
    parsed.options.emplace_back(std::string(key.name), std::vector<std::string>{value.text});
    try {
      po::store(parsed, values_);
      return true;
    } catch (const po::error& refused) {
      report(problems_, value.origin,
             fmt::format("in {}: {} = '{}' {}", header_text(texts_.section, texts_.name), key.name,
                         printable(value.text), refused.what()));
      return false;
    }
  }

  SectionTexts& texts_;
  const std::vector<SectionTexts>& all_;
  Config& config_;
  ConfigProblems& problems_;
  po::options_description description_;
  po::variables_map values_;
  bool name_doubted_ = false;  // --set and the environment may have mistyped it
};

void read_section(SectionTexts& texts, const std::vector<SectionTexts>& all, Config& config,
                  ConfigProblems& problems) {
  if (texts.section == Section::port) config.ports.emplace_back().name = texts.name;
  if (texts.section == Section::service) config.services.emplace_back().name = texts.name;
  SectionReader(texts, all, config, problems).read();
}

/// In the order in which the operator reads: source by source, line by line.
void sort_problems(ConfigProblems& problems, const std::vector<std::string>& sources) {
  const auto rank = [&](const ConfigProblem& problem) {
    const auto at = std::find_if(sources.begin(), sources.end(), [&](const std::string& source) {
      return problem.file == source ||
             (problem.line == 0 && problem.file.starts_with(source + " "));
    });
    return at - sources.begin();
  };
  std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) {
    const auto rank_a = rank(a), rank_b = rank(b);
    return rank_a != rank_b ? rank_a < rank_b : a.line < b.line;
  });
}

constexpr std::string_view kDemo =
    R"(# What 'weir --demo' runs: no NIC and no huge pages are needed.
[port demo]
device  = net_tap0,iface=weir-demo0
address = 192.0.2.1/24
address = 2001:db8::1/64

[memory]
hugepages = no

[service echo]
handler = echo
listen  = :7

[service discard]
handler = discard
listen  = :9

[service daytime]
handler = daytime
listen  = :13/tcp

[service chargen]
handler = chargen
listen  = :19/tcp

[service http]
handler = http
listen  = :80/tcp
status  = on

[service hold]
handler = hold
listen  = :4000/tcp
)";

}  // namespace

LoadedConfig load_config(const ConfigSources& sources) {
  ConfigLayers layers = read_layers(sources);
  LoadedConfig loaded;
  loaded.directory = std::filesystem::path(sources.file).parent_path().string();
  loaded.problems = std::move(layers.problems);
  loaded.sections = std::move(layers.sections);
  for (SectionTexts& texts : loaded.sections) {
    read_section(texts, loaded.sections, loaded.config, loaded.problems);
  }
  const ConfigOrigin whole{sources.file.empty() ? "configuration" : sources.file, 0};
  if (!layers.sections_lost) check_presence(loaded.config, whole, loaded.problems);
  check_config(loaded.config, loaded.sections, loaded.problems);
  sort_problems(loaded.problems, layers.sources);
  return loaded;
}

std::string problem_report(const LoadedConfig& loaded) {
  std::string text;
  for (const ConfigProblem& problem : loaded.problems) text += to_string(problem) + "\n";
  const std::size_t count = loaded.problems.size();
  if (count != 0) text += fmt::format("{} error{}\n", count, count == 1 ? "" : "s");
  return text;
}

std::string_view demo_config_text() noexcept { return kDemo; }

Config demo_config() {
  LoadedConfig loaded = load_config({"demo", std::string(kDemo), {}, {}});
  assert(loaded.ok());
  return std::move(loaded.config);
}

}  // namespace weir
