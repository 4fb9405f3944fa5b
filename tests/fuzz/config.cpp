// Text as a configuration file: complaints have a line that exists, and what is accepted is printed
// so that it reads as the same.
#include <algorithm>
#include <string>

#include "control/config_loader.hpp"
#include "fuzz.hpp"

namespace weir::fuzz {
namespace {

LoadedConfig load(const std::string& text) { return load_config({"weir.conf", text, {}, {}}); }

/// The dump without the origins, which are comments: equal for equal configurations.
std::string without_comments(const std::string& dump) {
  std::string out;
  for (std::size_t at = 0; at < dump.size();) {
    const std::size_t end = std::min(dump.find('\n', at), dump.size());
    std::string line = dump.substr(at, end - at);
    line.resize(std::min(line.size(), line.find(" # ")));
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
    at = end + 1;
  }
  return out;
}

/// Whether each value that was said in `first` is said in `second`, and nothing else of its key.
bool says_the_same(const LoadedConfig& first, const LoadedConfig& second) {
  const auto same_text = [](const SettingText& a, const SettingText& b) {
    return a.text == b.text;
  };
  for (const SectionTexts& section : first.sections) {
    const auto again = std::find_if(
        second.sections.begin(), second.sections.end(), [&](const SectionTexts& other) {
          return other.section == section.section && other.name == section.name;
        });
    if (again == second.sections.end()) return false;
    for (const auto& [key, setting] : section.settings) {
      if (setting.values.empty()) continue;
      const auto found = again->settings.find(key);
      if (found == again->settings.end()) return false;
      const auto& values = found->second.values;
      if (!std::equal(setting.values.begin(), setting.values.end(), values.begin(), values.end(),
                      same_text)) {
        return false;
      }
    }
  }
  return true;
}

void check_complaints(const LoadedConfig& loaded, const std::string& text) {
  const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n') + 1);
  for (const ConfigProblem& problem : loaded.problems) {
    must(!problem.message.empty(), "a complaint says something");
    must(problem.file == "weir.conf" && problem.line <= lines, "a complaint has a line");
    for (const char c : problem.message) {
      must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a complaint can be shown");
    }
  }
  must(problem_report(loaded).empty() == loaded.ok(), "problems are reported");
}

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const weir::LoadedConfig first = load(text);
  check_complaints(first, text);
  const std::string dump = dump_effective(first);
  must(!dump.empty(), "whatever was read is printed");
  if (!first.ok()) return 0;
  const weir::LoadedConfig second = load(dump);
  must(second.ok(), "what is printed is accepted");
  must(says_the_same(first, second), "every value is printed");
  must(without_comments(dump) == without_comments(dump_effective(second)),
       "what is printed reads as the same configuration");
  return 0;
}
