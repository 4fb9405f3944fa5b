// Frames of the running daemon, into a file or onto the screen.
#include <fmt/format.h>

#include <ostream>

#include "ctl/frame_lines.hpp"
#include "ctl/interrupt.hpp"
#include "ctl/pcapng_file.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

Json args_of(const Invocation& invocation) {
  Json args = Json::object();
  if (!invocation.operands.empty()) args["filter"] = invocation.sentence();
  if (invocation.has("interface")) args["port"] = invocation.get("interface", "");
  if (invocation.has("rx") != invocation.has("tx")) {
    args["direction"] = invocation.has("rx") ? "rx" : "tx";
  }
  if (invocation.has("drops")) args["drops"] = true;
  if (const auto reason = invocation.get("drops", ""); !reason.empty()) args["reason"] = reason;
  const auto number = [&](const char* option, const char* name) {
    if (invocation.has(option)) args[name] = invocation.number(option, 0);
  };
  number("count", "count");
  number("snap", "snap");
  number("megabytes", "megabytes");
  if (invocation.has("seconds")) {
    args["seconds"] = static_cast<std::uint64_t>(invocation.seconds("seconds", 60) + 0.999);
  }
  args["format"] = invocation.has("write") ? "pcapng" : "json";
  return args;
}

std::string line_of(const Json& frame) {
  const bool received = word(frame, "direction") == "received";
  return fmt::format("{} {} {} {}{}\n", clock_of(frame), safe(word(frame, "port")),
                     received ? "in " : "out", safe(word(frame, "summary")),
                     received ? "   [" + verdict_of(frame) + "]" : "");
}

void report(const Session& session, std::uint64_t written, std::uint64_t lost,
            std::string_view because) {
  if (session.invocation.has("quiet")) return;
  session.err << fmt::format("{} frames{}{}\n", written,
                             lost != 0 ? fmt::format(", {} more were lost: too fast", lost) : "",
                             because);
}

std::string_view because_text(const Json& end) {
  const std::string because = end.value("because", "");
  if (because == "count") return " (as many as -c says; it is 10000 without)";
  if (because == "seconds") return " (the time is over: -G, 60 s without)";
  if (because == "bytes") return " (as much as -C says, 100 MB without)";
  return "";
}

int write_pcapng(Session& session) {
  PcapngFile file(session, session.invocation.get("write", "-"));
  const Interrupt interrupt;
  auto [reply, connection] =
      session.ask_for_stream("capture", args_of(session.invocation), interrupt);
  const PcapngCounter counter = file.take(connection, interrupt);
  report(session, counter.packets(), counter.lost(),
         counter.complete() ? "" : " (the daemon broke off)");
  return counter.complete() ? kDone : kRefused;
}

}  // namespace

int run_capture(Session& session) {
  if (session.invocation.has("write")) return write_pcapng(session);
  const Interrupt interrupt;
  auto [reply, connection] =
      session.ask_for_stream("capture", args_of(session.invocation), interrupt);
  if (session.wants_json()) session.out << to_line(reply) << '\n' << std::flush;
  const Json end = follow_frames(session, connection, interrupt, line_of);
  if (end.empty()) return kRefused;
  if (!session.wants_json()) {
    report(session, end.at("written"), end.at("lost"), because_text(end));
  }
  return kDone;
}

}  // namespace weir::ctl
