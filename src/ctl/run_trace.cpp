// The story of the next frames, stage by stage.
#include <fmt/format.h>

#include <ostream>

#include "base/mib.hpp"
#include "ctl/frame_lines.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

std::string what_of(std::string_view counter) {
  for (const MibText& text : kMibTexts) {
    if (text.name == counter) return std::string(text.what);
  }
  return "";
}

std::string lookup_text(const Json& frame) {
  if (!frame.contains("flow")) return "no connection yet";
  if (word(frame, "state_before") == "CLOSED") return "no connection yet";
  return fmt::format("connection {} of the worker, in {}", frame.at("flow").get<std::uint64_t>(),
                     safe(word(frame, "state_before")));
}

std::string done_text(const Json& frame) {
  std::string text;
  if (frame.contains("flow") && frame.at("state_before") != frame.at("state_after")) {
    text = fmt::format("{} -> {}; ", safe(word(frame, "state_before")),
                       safe(word(frame, "state_after")));
  }
  const auto sent = frame.at("sent").get<unsigned>();
  return text + (sent == 0 ? "nothing sent at once"
                           : fmt::format("{} frame{} to send", sent, sent == 1 ? "" : "s"));
}

std::string step_text(const std::string& step, const Json& frame) {
  if (step == "parsed") {
    return "headers read and checked" +
           (frame.contains("service")
                ? fmt::format("; service {} listens there", safe(word(frame, "service")))
                : "");
  }
  return step == "looked_up" ? lookup_text(frame) : done_text(frame);
}

std::string sent_story(const Json& frame) {
  return fmt::format("{}\n  {}  sent by {}, worker {}, {} bytes\n\n", safe(word(frame, "summary")),
                     clock_of(frame), safe(word(frame, "port")), frame.at("worker").get<unsigned>(),
                     frame.at("length").get<unsigned>());
}

std::string story_of(const Json& frame) {
  if (word(frame, "direction") == "sent") return sent_story(frame);
  std::string text = fmt::format(
      "{}\n  {}  received by {}, worker {} (CPU {}), {} bytes\n", safe(word(frame, "summary")),
      clock_of(frame), safe(word(frame, "port")), frame.at("worker").get<unsigned>(),
      frame.at("cpu").get<unsigned>(), frame.at("length").get<unsigned>());
  for (const Json& step : frame.at("steps")) {
    const std::string name = safe(word(step, "step"));
    text += fmt::format("  {:<15}  {}\n", fmt::format("+{} ns", step.at("ns").get<std::uint64_t>()),
                        step_text(name, frame));
  }
  for (const auto& [name, by] : frame.at("counters").items()) {
    text +=
        fmt::format("  {:<15}  {} +{}: {}\n", "", safe(name), by.get<unsigned>(), what_of(name));
  }
  return text + fmt::format("  {:<15}  {}\n\n", "verdict", verdict_of(frame));
}

}  // namespace

int run_trace(Session& session) {
  const Invocation& invocation = session.invocation;
  Json args = Json::object();
  if (!invocation.operands.empty()) args["filter"] = invocation.sentence();
  if (invocation.has("interface")) args["port"] = invocation.get("interface", "");
  if (invocation.has("count")) args["count"] = invocation.number("count", 0);
  if (invocation.has("seconds")) {
    args["seconds"] = static_cast<std::uint64_t>(invocation.seconds("seconds", 60) + 0.999);
  }
  const Interrupt interrupt;
  auto [reply, connection] = session.ask_for_stream("trace", args, interrupt);
  if (session.wants_json()) session.out << to_line(reply) << '\n' << std::flush;
  const Json end = follow_frames(session, connection, interrupt, story_of);
  if (end.empty()) return kRefused;
  const auto written = end.at("written").get<std::uint64_t>();
  if (written == 0 && !session.wants_json()) {
    session.err << "no frame came that fits; 'weirctl ports -s' tells whether any did\n";
  }
  return kDone;
}

}  // namespace weir::ctl
