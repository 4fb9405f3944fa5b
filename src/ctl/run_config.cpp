// Files against the daemon: the program itself reads them, so that nobody is told otherwise here.
#include <fmt/format.h>

#include <algorithm>

#include "ctl/daemon_program.hpp"
#include "ctl/effective_config.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

constexpr int kConfigError = 78;  // the daemon's

// What this shell overrides is not what the file says.
bool not_weirs(std::string_view variable) { return !variable.starts_with("WEIR_"); }

// "weir.conf:12: error: TEXT"; what has no line number is an origin of another kind.
Json problem_of(std::string_view line) {
  constexpr std::string_view kError = ": error: ";
  const std::size_t at = line.find(kError);
  if (at == std::string_view::npos) return nullptr;
  std::string_view place = line.substr(0, at);
  Json number = nullptr;
  const std::size_t colon = place.rfind(':');
  if (colon != std::string_view::npos && colon + 1 < place.size() &&
      std::ranges::all_of(place.substr(colon + 1), [](char c) { return c >= '0' && c <= '9'; })) {
    number = std::stoull(std::string(place.substr(colon + 1)));
    place = place.substr(0, colon);
  }
  return {{"file", place}, {"line", number}, {"message", line.substr(at + kError.size())}};
}

Json problems_of(std::string_view report) {
  Json list = Json::array();
  while (!report.empty()) {
    const std::size_t end = std::min(report.find('\n'), report.size());
    if (Json problem = problem_of(report.substr(0, end)); !problem.is_null()) {
      list.push_back(std::move(problem));
    }
    report.remove_prefix(std::min(end + 1, report.size()));
  }
  return list;
}

std::string values_text(const EffectiveKey& key) {
  std::string text;
  for (std::size_t i = 0; i < key.values.size(); ++i) {
    text +=
        fmt::format("{}{}{}", i == 0 ? "" : ", ", key.values[i].empty() ? "nothing" : key.values[i],
                    key.origins[i].empty() ? "" : fmt::format(" ({})", key.origins[i]));
  }
  return safe(text.empty() ? "nothing" : text);
}

// What stands there beside defaults, below one line that says where.
std::string lone_text(const LoneSection& lone) {
  std::string text =
      fmt::format("{} {}\n", safe(lone.section),
                  lone.in_file ? "is only in the file" : "runs, and is not in the file");
  for (const EffectiveKey& key : lone.said) {
    text += fmt::format("  {:<15} = {}\n", safe(key.key), values_text(key));
  }
  return text;
}

std::string diff_text(const Comparison& all) {
  std::string text;
  for (const LoneSection& lone : all.sections) text += lone_text(lone);
  for (const auto& [running, file] : all.keys) {
    text += fmt::format("{} {}\n  running  {}\n  file     {}\n", safe(running.section),
                        safe(running.key), values_text(running), values_text(file));
  }
  return text.empty() ? "no difference\n" : text;
}

Json difference_json(const EffectiveKey& key, const std::vector<std::string>& running,
                     const std::vector<std::string>& file) {
  return {{"section", key.section}, {"key", key.key}, {"running", running}, {"file", file}};
}

Json diff_json(const Comparison& all, const std::string& file) {
  Json json{{"schema", "weir.config_diff.v1"},
            {"file", file},
            {"sections", Json::array()},
            {"differences", Json::array()}};
  for (const LoneSection& lone : all.sections) {
    json["sections"].push_back(
        {{"section", lone.section}, {"only_in", lone.in_file ? "file" : "running"}});
    for (const EffectiveKey& key : lone.said) {
      const auto& values = key.values;
      json["differences"].push_back(lone.in_file ? difference_json(key, {}, values)
                                                 : difference_json(key, values, {}));
    }
  }
  for (const auto& [running, there] : all.keys) {
    json["differences"].push_back(difference_json(running, running.values, there.values));
  }
  return json;
}

}  // namespace

int run_config_check(Session& session) {
  std::vector<std::string> arguments{"-t"};
  const auto& operands = session.invocation.operands;
  if (!operands.empty()) arguments.insert(arguments.end(), {"-c", operands[0]});
  const ChildOutcome outcome = ask_daemon_program(session, arguments, not_ours);
  session.print(Json{{"schema", "weir.config_check.v1"},
                     {"ok", outcome.code == 0},
                     {"problems", problems_of(outcome.out)}},
                outcome.out);
  return outcome.code == 0 ? kDone : kRefused;
}

int run_config_diff(Session& session) {
  const Json reply = session.ask("config");
  const std::string file = session.invocation.get("config", word(reply, "file"));
  if (file == "demo") {
    throw Failure{kUsage, "no_file", "weir --demo has no file: name one with --config FILE"};
  }
  const ChildOutcome outcome = ask_daemon_program(session, {"-T", "-c", file}, not_weirs);
  if (outcome.code != 0) {
    throw Failure{kRefused, outcome.code == kConfigError ? "bad_config" : "failed",
                  fmt::format("{} cannot be compared, it has errors", safe(file)), outcome.out};
  }
  const Comparison all = compare(word(reply, "text"), outcome.out);
  session.print(diff_json(all, file), diff_text(all));
  return all.is_equal() ? kDone : kRefused;
}

}  // namespace weir::ctl
