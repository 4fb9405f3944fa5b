#include "doctor/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::doctor {
namespace {

std::string_view to_string(State state) noexcept {
  static constexpr std::string_view kWords[] = {"ok", "warn", "FAIL", "skip"};
  return kWords[static_cast<std::size_t>(state)];
}

/// What is quoted from files and configuration stays on its line, and says nothing to a terminal.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

constexpr std::string_view kIndent = "             ";

std::string line_of(const Diagnosis& each) {
  return fmt::format(" {:<4} {:<6}  {}\n", to_string(each.finding.state), each.check->id,
                     one_line(each.finding.what));
}

std::string fix_line(const Diagnosis& each) {
  const std::string fix = to_string(each.finding.remedy);
  return fix.empty() ? "" : fmt::format("{}fix: {}\n", kIndent, one_line(fix));
}

bool unwell(const Diagnosis& each) noexcept {
  return each.finding.state == State::fail || each.finding.state == State::warn;
}

std::string counted(std::size_t n, std::string_view thing) {
  return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

const Diagnosis* first_unwell(const Diagnoses& diagnoses) noexcept {
  const Diagnosis* first = nullptr;
  for (const Diagnosis& each : diagnoses) {
    if (each.finding.state == State::fail) return &each;
    if (first == nullptr && each.finding.state == State::warn) first = &each;
  }
  return first;
}

Diagnoses diagnosed(const Check& check, Findings findings) {
  Diagnoses diagnoses;
  for (Finding& finding : findings) diagnoses.push_back({&check, std::move(finding)});
  return diagnoses;
}

void append(Diagnoses& all, Diagnoses one) {
  std::move(one.begin(), one.end(), std::back_inserter(all));
}

}  // namespace

Diagnoses examine(const Subject& subject, const Check& check) {
  if (check.examine != nullptr) return diagnosed(check, check.examine(subject));
  const char* const why = check.examine_live != nullptr
                              ? "only a running weir can know: weir doctor --live"
                              : "nothing that a program could look at";
  return {{&check, skip(why)}};
}

Diagnoses examine(const LiveSubject& subject, const Check& check) {
  if (check.examine_live == nullptr) return {{&check, skip("a running weir knows no more of it")}};
  try {
    return diagnosed(check, check.examine_live(subject));
  } catch (const Json::exception&) {
    return {{&check, skip("this weir does not tell: is it of another version?")}};
  }
}

Diagnoses examine(const Subject& subject) {
  Diagnoses all;
  for (const Check& check : checks()) append(all, examine(subject, check));
  return all;
}

Diagnoses examine(const LiveSubject& subject) {
  Diagnoses all;
  for (const Check& check : checks()) {
    if (check.examine_live != nullptr) append(all, examine(subject, check));
  }
  return all;
}

std::size_t count(const Diagnoses& diagnoses, State state) noexcept {
  return static_cast<std::size_t>(
      std::count_if(diagnoses.begin(), diagnoses.end(),
                    [state](const Diagnosis& each) { return each.finding.state == state; }));
}

int exit_code(const Diagnoses& diagnoses) noexcept {
  for (const Diagnosis& each : diagnoses) {
    if (each.finding.state == State::fail) return each.finding.exit_code;
  }
  return 0;
}

std::string to_text(const Diagnoses& diagnoses) {
  std::string text;
  const bool all_skipped = count(diagnoses, State::skip) == diagnoses.size();
  for (const Diagnosis& each : diagnoses) {
    if (each.finding.state == State::skip && !all_skipped) continue;
    text += line_of(each);
    if (unwell(each)) text += fix_line(each);
  }
  text += fmt::format("{}, {}.", counted(count(diagnoses, State::fail), "failure"),
                      counted(count(diagnoses, State::warn), "warning"));
  if (const Diagnosis* first = first_unwell(diagnoses)) {
    text += fmt::format("  'weir doctor --explain {}' for more.", first->check->id);
  }
  return text + '\n';
}

std::string failures_text(const Diagnoses& diagnoses) {
  std::string text;
  for (const Diagnosis& each : diagnoses) {
    if (each.finding.state != State::fail) continue;
    text += line_of(each) + fmt::format("{}why: {}\n", kIndent, each.check->why) + fix_line(each);
  }
  return text;
}

Json to_json(const Diagnoses& diagnoses) {
  Json json = reply_of("doctor");
  json["checks"] = Json::array();
  for (const Diagnosis& each : diagnoses) {
    Json one = {{"id", each.check->id},
                {"title", each.check->title},
                {"state", to_string(each.finding.state)},
                {"what", each.finding.what},
                {"why", each.check->why}};
    if (unwell(each)) {
      one["fix"] = {{"command", each.finding.remedy.command},
                    {"advice", each.finding.remedy.advice}};
    }
    json["checks"].push_back(std::move(one));
  }
  json["failures"] = count(diagnoses, State::fail);
  json["warnings"] = count(diagnoses, State::warn);
  return json;
}

std::string fix_script(const Diagnoses& diagnoses) {
  std::string script =
      "#!/bin/sh\n# What 'weir doctor' would do, for root. Read it before you run it.\n";
  std::vector<std::string> said;
  for (const Diagnosis& each : diagnoses) {
    if (!unwell(each)) continue;
    const Remedy& remedy = each.finding.remedy;
    script += fmt::format("\n# {} {}: {}\n", to_string(each.finding.state), each.check->id,
                          one_line(each.finding.what));
    if (!remedy.advice.empty()) script += fmt::format("# {}\n", one_line(remedy.advice));
    if (remedy.command.empty()) continue;
    // Two checks may ask for the same; done once it is enough.
    const bool again = std::find(said.begin(), said.end(), remedy.command) != said.end();
    script += (again ? "# as above: " : "") + one_line(remedy.command) + '\n';
    said.push_back(remedy.command);
  }
  return script;
}

std::string explanation(const Check& check) {
  return fmt::format("{}  {}\n  why   {}\n  fix   {}\n", check.id, check.title, check.why,
                     check.cure);
}

}  // namespace weir::doctor
