#include "ctl/frame_lines.hpp"

#include <fmt/format.h>

#include <ostream>

namespace weir::ctl {

std::string clock_of(const Json& frame) {
  // 2026-01-31T09:20:11.103220Z
  constexpr std::size_t kDate = 11, kClock = 15;
  const std::string time = safe(word(frame, "time"));
  return time.size() >= kDate + kClock ? time.substr(kDate, kClock) : time;
}

std::string verdict_of(const Json& frame) {
  const std::string verdict = safe(word(frame, "verdict"));
  return frame.contains("reason") ? verdict + ": " + safe(word(frame, "reason")) : verdict;
}

Json follow_frames(Session& session, Connection& connection, const Interrupt& interrupt,
                   const std::function<std::string(const Json&)>& show) {
  std::string text;
  Json end = Json::object();
  for (;;) {
    const auto piece = connection.read_more(interrupt.fd());
    if (!piece) Session::fail(piece.error());
    if (piece.value().empty()) break;
    text += piece.value();
    std::size_t from = 0;
    for (std::size_t to; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
      const std::string line = text.substr(from, to - from);
      Json json = Json::parse(line);
      const bool is_end = word(json, "schema").ends_with("_end.v1");
      if (session.wants_json()) {
        session.out << line << '\n';
      } else if (!is_end) {
        session.out << show(json);
      }
      if (is_end) end = std::move(json);
    }
    text.erase(0, from);
    session.out.flush();
    if (!session.out) break;
  }
  return end;
}

}  // namespace weir::ctl
