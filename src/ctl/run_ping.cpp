// Whether a host is there, asked by the data plane.
#include <fmt/format.h>

#include <ostream>

#include "ctl/frame_lines.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

std::string answer_text(const Json& answer, const std::string& host, bool link) {
  const auto sequence = answer.at("sequence").get<std::uint64_t>();
  if (!answer.value("sent", true)) {
    return fmt::format(
        "{}  nothing was sent: weir's worker 0 is busy, or has no buffer or no way\n", sequence);
  }
  if (answer.at("us").is_null()) return fmt::format("{}  no answer from {}\n", sequence, host);
  const std::string time = microseconds(number(answer, "us"));
  return link
             ? fmt::format("{}  {} is at {}, {}\n", sequence, host, safe(word(answer, "mac")), time)
             : fmt::format("{}  {} answered after {}\n", sequence, host, time);
}

std::string end_text(const Json& end) {
  std::string text = fmt::format("asked {} times", end.at("asked").get<std::uint64_t>());
  if (const auto unsent = end.value("unsent", std::uint64_t{0}); unsent != 0) {
    text += fmt::format(", {} of them not sent", unsent);
  }
  text += fmt::format(", answered {}", end.at("answered").get<std::uint64_t>());
  if (end.contains("min_us")) {
    text += fmt::format("; least {}, mean {}, most {}", microseconds(number(end, "min_us")),
                        microseconds(number(end, "avg_us")), microseconds(number(end, "max_us")));
  }
  return text + "\n";
}

int ask(Session& session, const char* command, bool link) {
  const Invocation& invocation = session.invocation;
  const std::string host = invocation.operands.at(0);
  Json args{{"address", host}};
  if (invocation.has("count")) args["count"] = invocation.number("count", 0);
  const Interrupt interrupt;
  auto [reply, connection] = session.ask_for_stream(command, args, interrupt);
  const bool json = session.wants_json();
  if (json) {
    session.out << to_line(reply) << '\n';
  } else {
    session.out << fmt::format("{} from {} by port {}\n", safe(host), safe(word(reply, "source")),
                               safe(word(reply, "port")));
  }
  session.out.flush();
  const Json end = follow_frames(session, connection, interrupt, [&](const Json& answer) {
    return answer_text(answer, safe(host), link);
  });
  if (end.empty()) return kRefused;
  if (!json) session.out << end_text(end);
  return end.at("answered").get<std::uint64_t>() != 0 ? kDone : kRefused;
}

}  // namespace

int run_ping(Session& session) { return ask(session, "ping", false); }
int run_arping(Session& session) { return ask(session, "arping", true); }

}  // namespace weir::ctl
