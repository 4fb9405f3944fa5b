// Another configuration, at once or on trial.
#include "control/commands_table.hpp"
#include "control/reloader.hpp"

namespace weir {
namespace {

Json problems_json(const ConfigProblems& problems) {
  Json list = Json::array();
  for (const ConfigProblem& problem : problems) {
    list.push_back({{"file", problem.file},
                    {"line", problem.line == 0 ? Json(nullptr) : Json(problem.line)},
                    {"message", problem.message}});
  }
  return list;
}

void need_reloader(const ControlState& state) {
  if (state.reloader == nullptr) throw NotNow{"this daemon has no files to read again"};
}

}  // namespace

Reply run_reload(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kLongestTrial = 24 * 3600;
  need_reloader(state);
  Reloader::Wish wish;
  wish.dry_run = args.flag("dry_run");
  if (const auto seconds = args.number("confirm_s", 0, kLongestTrial); seconds != 0) {
    wish.confirm_within = std::chrono::seconds(seconds);
  }
  const Reloader::Outcome outcome = state.reload(wish);
  Json json = reply_of("reload");
  json["applied"] = outcome.applied;
  json["dry_run"] = wish.dry_run;
  json["confirm_s"] =
      wish.confirm_within && !wish.dry_run ? Json(wish.confirm_within->count()) : Json(nullptr);
  json["changes"] = outcome.changes;
  json["problems"] = problems_json(outcome.problems);
  return as_reply(json);
}

Reply run_confirm(ControlState& state, const Arguments&) {
  need_reloader(state);
  Json json = reply_of("confirm");
  json["confirmed"] = state.reloader->confirm();
  return as_reply(json);
}

Reloader::Outcome ControlState::reload(const Reloader::Wish& wish) {
  Reloader::Outcome outcome = reloader->reload(wish, std::chrono::steady_clock::now());
  if (wish.dry_run) return outcome;
  took_config();
  if (outcome.applied) {
    log.write(LogEvent::reload_done, {{"changes", outcome.changes.size()}});
    for (const std::string& line : outcome.changes) {
      log.write(LogEvent::reload_change, {{"change", line}});
    }
  } else {
    log.write(LogEvent::reload_failed, {{"problems", outcome.problems.size()},
                                        {"first", to_string(outcome.problems.front())}});
  }
  return outcome;
}

void ControlState::took_config() {
  facts.config_text = dump_effective(reloader->running());
  facts.loaded_at = reloader->loaded_at();
}

}  // namespace weir
