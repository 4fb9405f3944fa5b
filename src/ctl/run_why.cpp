// Why a peer was refused: its last frames with their reasons.
#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/address.hpp"
#include "ctl/frame_lines.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

struct Peer {
  std::string address;
  std::uint16_t port = 0;
};

[[noreturn]] void refuse(const std::string& text) {
  throw Failure{kUsage,
                "usage",
                fmt::format("'{}' is no peer", text),
                {},
                {"192.0.2.9", "192.0.2.9:40101", "2001:db8::9", "[2001:db8::9]:40101"}};
}

Peer peer_in(const std::string& text) {
  if (Address::parse(text)) return {text, 0};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) refuse(text);
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end || port == 0 || !Address::parse(host)) refuse(text);
  return {host, port};
}

std::string explained(const std::map<std::string, Json>& reasons) {
  std::string text;
  for (const auto& [name, frame] : reasons) {
    text += fmt::format("{}: {}\n  {}\n", safe(name), safe(word(frame, "what")),
                        safe(word(frame, "hint")));
  }
  return text;
}

}  // namespace

std::string show_why(const Json& reply, const View& view) {
  const Json& frames = reply.at("frames");
  if (frames.empty()) {
    return fmt::format(
        "nothing of {} was refused lately. Each worker remembers 4096 refused frames, 256 a second "
        "of a reason.\n'weirctl trace src host {}' shows what becomes of its next frames.\n",
        safe(word(reply, "address")), safe(word(reply, "address")));
  }
  Table table({"TIME", "PORT", "FRAME", "VERDICT"});
  std::map<std::string, Json> reasons;
  for (const Json& frame : frames) {
    table.row({safe(word(frame, "time")), safe(word(frame, "port")), safe(word(frame, "summary")),
               verdict_of(frame)});
    reasons.emplace(word(frame, "reason"), frame);
  }
  const auto found = reply.at("found").get<std::size_t>();
  std::string text = table.text(view.colour);
  if (found > frames.size()) text += fmt::format("the last {} of {}\n", frames.size(), found);
  return text + "\n" + explained(reasons);
}

int run_why(Session& session) {
  const Peer peer = peer_in(session.invocation.operands.at(0));
  Json args = Json::object();
  args["address"] = peer.address;
  if (peer.port != 0) args["port"] = peer.port;
  if (session.invocation.has("limit")) args["limit"] = session.invocation.number("limit", 0);
  return session.ask_and_show("why", args, show_why);
}

}  // namespace weir::ctl
