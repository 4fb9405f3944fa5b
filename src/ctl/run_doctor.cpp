// The doctor of the program weir: what it says of this machine.
#include <ostream>

#include "ctl/daemon_program.hpp"

namespace weir::ctl {

int run_doctor(Session& session) {
  constexpr int kConfigError = 78;
  const Invocation& invocation = session.invocation;
  std::vector<std::string> arguments{"doctor"};
  const auto pass = [&](const char* name, const char* option) {
    if (!invocation.has(name)) return;
    arguments.emplace_back(option);
    if (const std::string value = invocation.get(name, ""); !value.empty()) {
      arguments.push_back(value);
    }
  };
  if (invocation.has("live")) {
    // Asked here first: without a daemon the exit code tells why, as of every other command.
    (void)session.ask("version");
    arguments.insert(arguments.end(), {"--live", "--socket", session.socket()});
  }
  pass("config", "-c");
  pass("explain", "--explain");
  pass("fix-script", "--fix-script");
  if (session.wants_json()) arguments.emplace_back("--json");
  const ChildOutcome outcome = ask_daemon_program(session, arguments, not_ours);
  const bool wrong = outcome.code == kUsage || outcome.code == kConfigError;
  if (!invocation.has("quiet") || wrong) (wrong ? session.err : session.out) << outcome.out;
  return outcome.code == kConfigError ? int{kRefused} : outcome.code;
}

}  // namespace weir::ctl
