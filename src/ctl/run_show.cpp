// Commands that ask one question and show the answer.
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

Json name_of(const Session& session) {
  Json args = Json::object();
  if (!session.invocation.operands.empty()) args["name"] = session.invocation.operands[0];
  return args;
}

}  // namespace

int run_status(Session& session) { return session.ask_and_show("status", {}, show_status); }
int run_ports(Session& session) {
  return session.ask_and_show("ports", name_of(session), show_ports);
}
int run_workers(Session& session) { return session.ask_and_show("workers", {}, show_workers); }
int run_services(Session& session) {
  return session.ask_and_show("services", name_of(session), show_services);
}
int run_neigh(Session& session) { return session.ask_and_show("neigh", {}, show_neigh); }
int run_route(Session& session) { return session.ask_and_show("route", {}, show_route); }
int run_address(Session& session) { return session.ask_and_show("address", {}, show_address); }
int run_memory(Session& session) { return session.ask_and_show("memory", {}, show_memory); }
int run_metrics(Session& session) { return session.ask_and_show("metrics", {}, show_config); }
int run_config(Session& session) { return session.ask_and_show("config", {}, show_config); }

int run_drops(Session& session) {
  const Invocation& invocation = session.invocation;
  Json args = Json::object();
  if (invocation.has("explain")) args["explain"] = invocation.get("explain", "");
  if (invocation.has("all")) args["all"] = true;
  return session.ask_and_show("drops", args, show_drops);
}

}  // namespace weir::ctl
