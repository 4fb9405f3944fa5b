// What a check is: a stable id, why it matters, and a function from the machine and the
// configuration to findings.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/config.hpp"
#include "doctor/environment.hpp"

namespace weir::doctor {

enum class State : std::uint8_t { ok, warn, fail, skip };  ///< written ok, warn, FAIL, skip

// Exit codes of weir (sysexits.h) that a failure at start can have.
inline constexpr int kUnavailable = 69, kTryLater = 75, kNoPermission = 77, kConfiguration = 78;

/// How to mend it. Both may be empty.
struct Remedy {
  std::string command{};  ///< one line for a root shell
  std::string advice{};   ///< what no shell can do, what undoes the command, or what else there is
};

struct Finding {
  State state = State::ok;
  std::string what;
  Remedy remedy{};
  int exit_code = kUnavailable;  ///< of weir, when this keeps it from starting
};
using Findings = std::vector<Finding>;

[[nodiscard]] inline Finding ok(std::string what) { return {State::ok, std::move(what)}; }
[[nodiscard]] inline Finding skip(std::string why) { return {State::skip, std::move(why)}; }
[[nodiscard]] inline Finding warn(std::string what, Remedy remedy) {
  return {State::warn, std::move(what), std::move(remedy)};
}
[[nodiscard]] inline Finding fail(std::string what, Remedy remedy, int exit_code = kUnavailable) {
  return {State::fail, std::move(what), std::move(remedy), exit_code};
}

/// "fix: COMMAND   (ADVICE)" without its "fix: "; empty when there is no remedy.
[[nodiscard]] std::string to_string(const Remedy& remedy);
/// What and remedy as one sentence.
[[nodiscard]] std::string to_sentence(const Finding& finding);

/// A word for a shell: in quotes unless it is plain. Paths come from the configuration and from
/// directories that others may write to.
[[nodiscard]] std::string for_shell(std::string_view word);

/// What is examined.
struct Subject {
  const Environment& env;
  const Config& config;
};

/// At least one finding, each one line; several where several ports are looked at.
using Examine = Findings (*)(const Subject&);

struct LiveSubject;  // live.hpp
/// The same of a running weir.
using ExamineLive = Findings (*)(const LiveSubject&);

struct Check {
  std::string_view id;                 ///< never changes its meaning
  std::string_view title;              ///< what is looked at, in a few words
  std::string_view why;                ///< why it matters: a sentence or two
  std::string_view cure;               ///< in general; a finding's remedy is about this machine
  Examine examine;                     ///< nullptr: nothing can be seen before weir runs
  ExamineLive examine_live = nullptr;  ///< nullptr: a running weir knows no more
};

/// All of them, in the order in which they are reported.
[[nodiscard]] std::span<const Check> checks() noexcept;
/// Whatever the case of its letters; nullptr when there is none.
[[nodiscard]] const Check* check_named(std::string_view id) noexcept;

}  // namespace weir::doctor
