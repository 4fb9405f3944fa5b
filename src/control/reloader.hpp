// The configuration in force, and the way to another one.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "control/config_changes.hpp"

namespace weir {

/// Control's thread. Time is an argument.
class Reloader {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Makes a configuration the one in force, or says why not; then nothing has changed.
  using Apply = std::function<Result<bool>(const Config&)>;

  /// `running` was loaded from `sources`.
  Reloader(ConfigSources sources, LoadedConfig running, Apply apply)
      : sources_(std::move(sources)), running_(std::move(running)), apply_(std::move(apply)) {}

  struct Wish {
    bool dry_run = false;                                  ///< only says what would change
    std::optional<std::chrono::seconds> confirm_within{};  ///< else it goes back by itself
  };
  struct Outcome {
    bool applied = false;              ///< also when nothing differed
    std::vector<std::string> changes;  ///< as ConfigChanges::lines
    ConfigProblems problems;           ///< why not
  };
  /// Reads the sources and applies what they say. Nothing is changed when there are problems.
  [[nodiscard]] Outcome reload(const Wish& wish, Time now);
  /// The last reload is to stay; false when none waited for that.
  bool confirm();
  struct WayBack {
    bool taken = false;
    std::string what;  ///< the end of a sentence: nobody confirmed the reload
  };
  /// Once a second: goes back to the configuration before a reload that nobody confirmed, or tries
  /// to, again after a second and after twice as long each time, up to a minute. Says so when it
  /// did, and of each obstacle when it is met first.
  [[nodiscard]] std::optional<WayBack> every_second(Time now);

  [[nodiscard]] const LoadedConfig& running() const noexcept { return running_; }
  /// Whether the files say something else than what runs; true too when they cannot be loaded as
  /// they are. Reads files: a millisecond.
  [[nodiscard]] bool differs() const;
  /// Whether the last reload was accepted, and no way back is blocked, as far as it was tried; and
  /// when the configuration in force was read.
  [[nodiscard]] bool last_was_good() const noexcept {
    return last_was_accepted_ && !(unconfirmed_ && unconfirmed_->obstacle);
  }
  [[nodiscard]] std::chrono::system_clock::time_point loaded_at() const noexcept {
    return loaded_at_;
  }

 private:
  struct Unconfirmed {
    LoadedConfig before;
    Time next_try;                          // the end of the trial, at first
    std::chrono::seconds pause{1};          // after the next try that fails
    std::optional<std::string> obstacle{};  // why there was no way back
    bool told = false;                      // of that, since the trial was over

    Unconfirmed(LoadedConfig confirmed, Time until)
        : before(std::move(confirmed)), next_try(until) {}
    // The obstacle may still be there, and is news when this time is over too.
    void prolong(Time until) {
      next_try = until;
      pause = std::chrono::seconds(1);
      told = false;
    }
    // A try can cost the reading of all files, and some obstacles go away with a restart only.
    void put_off(Time now) {
      constexpr std::chrono::seconds kLongest{60};
      next_try = now + pause;
      pause = std::min(2 * pause, kLongest);
    }
  };

  void take(LoadedConfig config);

  ConfigSources sources_;
  LoadedConfig running_;
  Apply apply_;
  std::optional<Unconfirmed> unconfirmed_;
  bool last_was_accepted_ = true;
  std::chrono::system_clock::time_point loaded_at_ = std::chrono::system_clock::now();
};

}  // namespace weir
