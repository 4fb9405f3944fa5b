#include "ctl/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "ctl/help.hpp"
#include "ctl/pager.hpp"
#include "ctl/repeat.hpp"
#include "ctl/session.hpp"

#ifndef WEIR_VERSION
#define WEIR_VERSION "unknown"
#endif

namespace weir::ctl {
namespace {

int fail(const Failure& failure, bool json, std::ostream& err) {
  if (json) {
    Json error = Json::object();
    error["code"] = failure.code;
    error["message"] = failure.message;
    if (failure.position != 0) error["position"] = failure.position;
    if (!failure.accepted.empty()) error["accepted"] = failure.accepted;
    err << to_line(Json{{"error", std::move(error)}}) << '\n';
    return failure.exit_code;
  }
  err << "weirctl: " << failure.message << '\n' << failure.picture;
  if (!failure.accepted.empty()) {
    err << "accepted: " << join_words({failure.accepted.begin(), failure.accepted.end()}, ", ")
        << '\n';
  }
  if (failure.code == "usage") err << "Try 'weirctl help'.\n";
  return failure.exit_code;
}

// The command line once more, with a mark below the word that does not fit.
Failure failure_of(const ParseError& error, const std::vector<std::string>& arguments) {
  std::string line = "weirctl", mark = "       ";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    line += " " + safe(arguments[i]);
    if (i < error.word) mark += std::string(1 + width(arguments[i]), ' ');
  }
  return {kUsage,
          "usage",
          fmt::format("word {}: {}", error.word + 1, safe(error.message)),
          fmt::format("  {}\n  {} ^\n", line, mark),
          error.accepted,
          error.word + 1};
}

bool asks_for_json(const std::vector<std::string>& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& a) {
    return a == "-j" || a == "--json" || a == "-p" || a == "--pretty";
  });
}

int run_once(Session& session) {
  const Invocation& invocation = session.invocation;
  if (invocation.has("version")) {
    session.out << "weirctl " << WEIR_VERSION << '\n';
    return kDone;
  }
  if (invocation.has("help")) {
    session.out << (invocation.bare ? help_text() : help_text(*invocation.command));
    return kDone;
  }
  return invocation.command->run(session);
}

// What speaks to the terminal itself or goes on for long is not collected for a pager.
bool may_be_paged(const Session& session) {
  const Invocation& invocation = session.invocation;
  return !invocation.command->streams && !invocation.has("follow") && !invocation.has("no-pager") &&
         !session.surroundings.pager.empty();
}

int run_paged(const Invocation& invocation, const Surroundings& surroundings, std::ostream& out,
              std::ostream& err) {
  std::ostringstream text;
  Session session{invocation, surroundings, text, err};
  const int code = run_once(session);
  show_paged(text.str(), surroundings, out);
  return code;
}

int run_invocation(const Invocation& invocation, const Surroundings& surroundings,
                   std::ostream& out, std::ostream& err) {
  Session session{invocation, surroundings, out, err};
  const bool repeats =
      invocation.has("watch") && !invocation.command->streams && !invocation.has("follow");
  if (repeats) {
    Invocation once = invocation;
    once.options.erase("watch");
    return repeat(once, session, {invocation.seconds("watch", 2), 0});
  }
  return may_be_paged(session) ? run_paged(invocation, surroundings, out, err) : run_once(session);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& surroundings,
        std::ostream& out, std::ostream& err) {
  const auto parsed = parse(arguments);
  if (!parsed) {
    return fail(failure_of(parsed.error(), arguments), asks_for_json(arguments), err);
  }
  return run(parsed.value(), surroundings, out, err);
}

int run(const Invocation& invocation, const Surroundings& surroundings, std::ostream& out,
        std::ostream& err) {
  const bool json = invocation.has("json") || invocation.has("pretty");
  try {
    return run_invocation(invocation, surroundings, out, err);
  } catch (const Failure& failure) {
    return fail(failure, json, err);
  } catch (const Json::exception& error) {
    return fail({kRefused, "bad_reply",
                 fmt::format("the daemon's reply is not understood; do versions differ? ({})",
                             error.what())},
                json, err);
  } catch (const std::exception& error) {
    return fail({kRefused, "failed", error.what()}, json, err);
  }
}

}  // namespace weir::ctl
