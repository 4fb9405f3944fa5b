// Counters: since the start, since a baseline, by the second, or where the cycles went.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "ctl/baseline.hpp"
#include "ctl/repeat.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) ==
                  std::tolower(static_cast<unsigned char>(b));
         });
}

std::string verdicts(const Json& reply, const View& view) {
  Table table({"WORKER", ">RECEIVED", ">ANSWERED", ">DELIVERED", ">CONSUMED", ">FORWARDED",
               ">DROPPED", ">HELD", "ADDS UP"});
  const auto add = [&](const std::string& name, const Json& json) {
    std::vector<std::string> cells{name};
    for (const char* key :
         {"received", "answered", "delivered", "consumed", "forwarded", "dropped", "held"}) {
      cells.push_back(view.numbers.count(number(json, key)));
    }
    cells.emplace_back(json.at("adds_up").get<bool>() ? "yes" : "NO");
    table.row(std::move(cells));
  };
  for (const Json& worker : reply.at("workers")) {
    add(fmt::format("{:.0f}", number(worker, "worker")), worker);
  }
  add("all", reply.at("totals"));
  return table.text(view.colour);
}

// What a group has of the counters: names begin with it, as TcpInSegs does.
std::string counters(const Json& reply, const View& view, std::string_view unit) {
  const auto& operands = view.invocation.operands;
  Table table({"COUNTER", unit});
  for (const auto& [name, value] : reply.at("mib").items()) {
    const bool in_group = operands.empty() || starts_with_ignoring_case(name, operands[0]);
    const auto count = value.get<double>();
    if (in_group && (count > 0 || view.invocation.has("all"))) {
      table.row({name, view.numbers.count(count)});
    }
  }
  if (!table.empty()) return table.text(view.colour);
  return "all of these counters are zero; 'weirctl stats --all' shows them\n";
}

std::string stats_text(const Json& reply, const View& view, std::string_view unit) {
  const bool one_group = !view.invocation.operands.empty();
  return (one_group ? "" : verdicts(reply, view) + "\n") + counters(reply, view, unit);
}

// Where the cycles of rounds with work went, by received frame.
std::string show_stages(const Json& reply, const View& view) {
  Table table({">WORKER", "STAGE", ">CYCLES/FRAME", ">SHARE"});
  for (const Json& worker : reply.at("workers")) {
    const double frames =
        std::max(number(worker, "rx_packets") + number(worker, "handoff_in"), 1.0);
    double sum = 0;
    for (const auto& [stage, cycles] : worker.at("stage_cycles").items()) {
      sum += cycles.get<double>();
    }
    for (const auto& [stage, cycles] : worker.at("stage_cycles").items()) {
      const auto spent = cycles.get<double>();
      table.row({fmt::format("{:.0f}", number(worker, "worker")), stage,
                 view.numbers.count(spent / frames),
                 fmt::format("{:.0f}%", sum > 0 ? 100 * spent / sum : 0)});
    }
  }
  return table.text(view.colour);
}

// Two readings, and what lies between them, by the second.
int run_rate(Session& session) {
  const Json before = session.ask("stats");
  if (!pause_for(session.invocation.seconds("rate", 1))) return kDone;
  const Json after = session.ask("stats");
  const double seconds =
      (after.at("now_ns").get<double>() - before.at("now_ns").get<double>()) / 1e9;
  Json rates = divided(difference(after, before), std::max(seconds, 1e-3));
  rates["schema"] = "weir.stats_rate.v1";
  rates["seconds"] = seconds;
  session.print(rates, session.wants_json() ? std::string()
                                            : stats_text(rates, session.view(), ">PER SECOND"));
  return kDone;
}

int run_reset(Session& session) {
  const Baseline baseline(session.surroundings.state_directory, session.socket(), "stats");
  baseline.save(session.ask("stats"));
  session.print(Json{{"schema", "weir.stats_reset.v1"}, {"file", baseline.path()}},
                "counters are shown from now on as if they were zero; --absolute shows them all\n");
  return kDone;
}

}  // namespace

int run_stats(Session& session) {
  const Invocation& invocation = session.invocation;
  if (invocation.has("reset")) return run_reset(session);
  if (invocation.has("rate")) return run_rate(session);
  if (invocation.sentence() == "stages") return session.ask_and_show("workers", {}, show_stages);
  const Json reply = session.ask("stats");
  const Baseline baseline(session.surroundings.state_directory, session.socket(), "stats");
  const auto before = invocation.has("absolute") ? std::nullopt : baseline.load(reply);
  if (session.wants_json() || !before) {
    session.print(
        reply, session.wants_json() ? std::string() : stats_text(reply, session.view(), ">VALUE"));
    return kDone;
  }
  const double seconds = number(reply, "uptime_s") - number(*before, "uptime_s");
  session.print(reply, stats_text(difference(reply, *before), session.view(), ">VALUE") +
                           fmt::format("counted since --reset, {} ago; --absolute shows all\n",
                                       age(std::max(seconds, 0.0))));
  return kDone;
}

}  // namespace weir::ctl
