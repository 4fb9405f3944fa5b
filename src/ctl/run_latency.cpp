// How long things take, since the start or since a baseline: quantiles, and one of them as bars.
#include "base/histogram.hpp"
#include "ctl/baseline.hpp"
#include "ctl/session.hpp"
#include "ctl/show_latency.hpp"

namespace weir::ctl {
namespace {

int run_reset(Session& session) {
  const Baseline baseline(session.surroundings.state_directory, session.socket(), "latency");
  baseline.save(session.ask("latency", {{"workers", true}}));
  session.print(Json{{"schema", "weir.latency_reset.v1"}, {"file", baseline.path()}},
                "from now on only what comes is shown; --absolute shows all\n");
  return kDone;
}

}  // namespace

int run_latency(Session& session) {
  const Invocation& invocation = session.invocation;
  if (invocation.has("reset")) return run_reset(session);
  Json args = Json::object();
  if (!invocation.operands.empty()) args["name"] = invocation.operands[0];
  if (invocation.has("worker")) args["workers"] = true;
  const Json reply = session.ask("latency", args);
  if (session.wants_json()) {
    session.print(reply, std::string());
    return kDone;
  }
  const Baseline baseline(session.surroundings.state_directory, session.socket(), "latency");
  const auto before = invocation.has("absolute") ? std::nullopt : baseline.load(reply);
  session.print(reply, show_latency(reply, before, session.view()));
  return kDone;
}

}  // namespace weir::ctl
