// Connections: seen and ended.
#include "ctl/session.hpp"

namespace weir::ctl {

int run_flows(Session& session) {
  const Invocation& invocation = session.invocation;
  Json args = Json::object();
  if (!invocation.operands.empty()) args["filter"] = invocation.sentence();
  if (invocation.has("limit")) args["limit"] = invocation.number("limit", 0);
  if (invocation.has("sort")) args["sort"] = invocation.get("sort", "");
  return session.ask_and_show("flows", args, show_flows);
}

// An RST is how a connection is ended; --rst only says so.
int run_flows_kill(Session& session) {
  const Json reply =
      session.ask("flows_kill", {{"filter", session.invocation.sentence()}},
                  {kLongPatience, "connections may still be ended: 'weirctl log' says how many"});
  session.print(reply, show_killed);
  return reply.at("complete").get<bool>() ? kDone : kRefused;
}

}  // namespace weir::ctl
