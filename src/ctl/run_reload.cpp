// Another configuration for the running daemon.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

std::string plural(std::size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string problem_line(const Json& problem) {
  const Json& line = problem.at("line");
  const std::string place = line.is_number() ? fmt::format(":{}", line.get<unsigned>()) : "";
  return fmt::format("{}{}: error: {}\n", safe(problem.value("file", "")), place,
                     safe(problem.value("message", "")));
}

std::string refusal(const Json& reply) {
  std::string text;
  for (const Json& problem : reply.at("problems")) text += problem_line(problem);
  return text + plural(reply.at("problems").size(), "error") + ", nothing was changed\n";
}

std::string changes(const Json& reply) {
  std::string text;
  for (const Json& line : reply.at("changes")) text += safe(line.get<std::string>()) + "\n";
  return text;
}

std::string show_reload(const Json& reply, const View&) {
  if (!reply.at("problems").empty()) return changes(reply) + refusal(reply);
  const std::size_t count = reply.at("changes").size();
  if (count == 0) return "nothing differs from what runs\n";
  std::string text = changes(reply);
  if (reply.value("dry_run", false)) return text + plural(count, "change") + ", nothing was done\n";
  text += plural(count, "change") + " in force\n";
  if (const Json& trial = reply.at("confirm_s"); trial.is_number()) {
    text += fmt::format("on trial: goes back in {} s unless 'weirctl confirm' comes\n",
                        trial.get<unsigned>());
  }
  return text;
}

std::string show_confirm(const Json& reply, const View&) {
  return reply.value("confirmed", false) ? "the configuration stays\n"
                                         : "nothing waits for a confirmation\n";
}

}  // namespace

int run_reload(Session& session) {
  const Invocation& invocation = session.invocation;
  Json args = Json::object();
  if (invocation.has("dry-run")) args["dry_run"] = true;
  if (invocation.has("confirm")) {
    args["confirm_s"] = std::max(1L, std::lround(invocation.seconds("confirm", 0)));
  }
  const Json reply = session.ask(
      "reload", args,
      {kLongPatience, "the reload may still take effect: 'weirctl log' says what came of it"});
  session.print(reply, show_reload);
  return reply.at("problems").empty() ? kDone : kRefused;
}

int run_confirm(Session& session) {
  const Json reply = session.ask("confirm");
  session.print(reply, show_confirm);
  return reply.value("confirmed", false) ? kDone : kRefused;
}

}  // namespace weir::ctl
