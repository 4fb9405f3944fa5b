// Load, compare, refuse or apply, remember the way back.
#include "control/reloader.hpp"

#include <utility>

namespace weir {

Reloader::Outcome Reloader::reload(const Wish& wish, Time now) {
  LoadedConfig wanted = load_config(sources_);
  Outcome outcome;
  outcome.problems = wanted.problems;
  if (wanted.ok()) {
    ConfigChanges changes = changes_between(running_, wanted);
    outcome.changes = std::move(changes.lines);
    outcome.problems = std::move(changes.refused);
  }
  if (wish.dry_run) return outcome;
  if (outcome.problems.empty() && !outcome.changes.empty()) {
    if (const auto applied = apply_(wanted.config); !applied) {
      outcome.problems.push_back({sources_.file, 0, applied.error().message});
    }
  }
  last_was_accepted_ = outcome.applied = outcome.problems.empty();
  if (!outcome.applied) return outcome;
  if (outcome.changes.empty()) {  // a trial that runs goes on
    if (unconfirmed_ && wish.confirm_within) unconfirmed_->prolong(now + *wish.confirm_within);
    return outcome;
  }
  // Who reloads again while the last one waits goes back to what was confirmed last.
  LoadedConfig before = unconfirmed_ ? std::move(unconfirmed_->before) : running_;
  unconfirmed_.reset();
  if (wish.confirm_within) {
    unconfirmed_ = Unconfirmed(std::move(before), now + *wish.confirm_within);
  }
  take(std::move(wanted));
  return outcome;
}

bool Reloader::confirm() {
  if (!unconfirmed_) return false;
  unconfirmed_.reset();
  last_was_accepted_ = true;
  return true;
}

std::optional<Reloader::WayBack> Reloader::every_second(Time now) {
  if (!unconfirmed_ || now < unconfirmed_->next_try) return std::nullopt;
  if (const auto applied = apply_(unconfirmed_->before.config); !applied) {
    unconfirmed_->put_off(now);
    const std::string& why = applied.error().message;
    const bool known = std::exchange(unconfirmed_->obstacle, why) == why;
    if (std::exchange(unconfirmed_->told, true) && known) return std::nullopt;
    return WayBack{false, "there is no way back, it is tried again, less and less often: " + why};
  }
  take(std::move(unconfirmed_->before));
  unconfirmed_.reset();
  last_was_accepted_ = true;
  return WayBack{true, "the configuration before it is in force again"};
}

bool Reloader::differs() const {
  const LoadedConfig there = load_config(sources_);
  return !there.ok() || !changes_between(running_, there).none();
}

void Reloader::take(LoadedConfig config) {
  running_ = std::move(config);
  loaded_at_ = std::chrono::system_clock::now();
}

}  // namespace weir
