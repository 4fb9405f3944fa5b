// The daemon's log: what it kept, what it writes, how much it writes.
#include <fmt/format.h>

#include <ostream>

#include "control/field_value.hpp"
#include "ctl/repeat.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

constexpr double kEvery = 0.2;  // seconds
constexpr std::uint64_t kMost = 1000, kDefault = 20;

// As the daemon writes it on stderr.
std::string line_text(const Json& line, const View& view) {
  const std::string level = word(line, "level");
  std::string text = fmt::format("{} {:<5} sub={} {}", safe(word(line, "time")), safe(level),
                                 safe(word(line, "sub")), safe(word(line, "message")));
  if (line.contains("event")) text += " event=" + safe(word(line, "event"));
  if (line.contains("fields")) {
    for (const auto& [name, value] : line["fields"].items()) {
      text += fmt::format(
          " {}={}", safe(name),
          safe(value.is_string() ? field_value(value.get<std::string>()) : value.dump()));
    }
  }
  text += "\n";
  return level == "warn" || level == "error" ? view.warning(text) : text;
}

// While following, JSON is a line an object: the reply itself never ends.
void print_new(Session& session, const Json& reply) {
  if (session.invocation.has("quiet")) return;
  for (const Json& line : reply.at("lines")) {
    if (session.wants_json()) {
      Json record = Json{{"schema", "weir.log_line.v1"}};
      record.update(line);
      session.out << to_line(record) << '\n';
    } else {
      session.out << line_text(line, session.view());
    }
  }
  session.out.flush();
}

void follow(Session& session, std::uint64_t last) {
  while (pause_for(kEvery) && session.out) {
    const Json reply = session.ask("log", {{"after", last}, {"lines", kMost}});
    const auto first =
        reply.at("lines").empty() ? last + 1 : reply["lines"][0].at("number").get<std::uint64_t>();
    // The daemon began anew, or wrote faster than we asked.
    if (reply.at("last").get<std::uint64_t>() < last) {
      last = 0;
      continue;
    }
    if (first > last + 1)
      session.err << fmt::format("weirctl: {} lines were missed\n", first - last - 1);
    print_new(session, reply);
    last = std::max(last, reply.at("lines").empty()
                              ? last
                              : reply["lines"].back().at("number").get<std::uint64_t>());
  }
}

}  // namespace

std::string show_log(const Json& reply, const View& view) {
  std::string text;
  for (const Json& line : reply.at("lines")) text += line_text(line, view);
  return text;
}

int run_log(Session& session) {
  const Invocation& invocation = session.invocation;
  const bool sets_level = invocation.has("level");
  Json args = Json::object();
  // Who changes the level wants to see what comes, not what was.
  args["lines"] = invocation.number("lines", sets_level ? 0 : kDefault);
  if (sets_level) args["level"] = invocation.get("level", "");
  const Json reply = session.ask("log", args);
  if (!invocation.has("follow")) {
    session.print(reply, sets_level ? fmt::format("log level: {}\n", safe(word(reply, "level"))) +
                                          show_log(reply, session.view())
                                    : show_log(reply, session.view()));
    return kDone;
  }
  print_new(session, reply);
  follow(session, reply.at("last").get<std::uint64_t>());
  return kDone;
}

}  // namespace weir::ctl
