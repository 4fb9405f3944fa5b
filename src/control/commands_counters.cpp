// What was counted: stats, drops, workers.
#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.hpp"
#include "control/commands_table.hpp"
#include "control/stats_reading.hpp"

namespace weir {
namespace {

Json verdicts_json(const WorkerReading& r) {
  return {{"received", r.received}, {"answered", r.answered},   {"delivered", r.delivered},
          {"consumed", r.consumed}, {"forwarded", r.forwarded}, {"dropped", r.dropped_total()},
          {"held", r.held},         {"adds_up", r.adds_up()}};
}

Json nonzero_json(const std::array<std::uint64_t, kDropCount>& counts) {
  Json map = Json::object();
  for (std::size_t i = 0; i < kDropCount; ++i) {
    if (counts[i] != 0) map[std::string(kDropTexts[i].name)] = counts[i];
  }
  return map;
}

/// Whether a word between underscores is in both: `mbuf_exhausted`, `frames_exhausted`.
bool shares_a_word(std::string_view name, std::string_view other) {
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    const std::string_view word = name.substr(0, end);
    if (!word.empty() && fmt::format("_{}_", other).find(fmt::format("_{}_", word)) != other.npos)
      return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

/// What somebody may have meant who mistyped a reason, or knows it by another name.
std::string near_reasons(std::string_view reason) {
  std::vector<std::string_view> all;
  std::string near;
  for (const DropText& drop : kDropTexts) {
    all.push_back(drop.name);
    if (shares_a_word(reason, drop.name)) {
      near += fmt::format("{}{}", near.empty() ? "" : ", ", drop.name);
    }
  }
  const std::string meant = did_you_mean(reason, all);
  return meant.empty() && !near.empty() ? "; near it: " + near : meant;
}

Json stages_json(const WorkerReading& r) {
  Json stages = Json::object();
  for (std::size_t i = 0; i < kStageNames.size(); ++i) {
    stages[std::string(kStageNames[i])] = r.stage_cycles[i];
  }
  return stages;
}

}  // namespace

Drop reason_named(const std::string& name) {
  if (const auto drop = drop_named(name)) return *drop;
  throw BadArgument{fmt::format("there is no reason '{}'{}; 'weirctl drops --all' lists them",
                                printable(name), near_reasons(name)),
                    {}};
}

Reply run_stats(ControlState& state, const Arguments&) {
  const auto workers = read_workers(state.engine);
  const WorkerReading sum = sum_of(workers);
  Json json = reply_of("stats");
  json["uptime_s"] = rounded(state.uptime_seconds());
  json["started_ns"] = state.started.time_since_epoch().count();
  json["now_ns"] = monotonic_ns();
  json["adds_up"] = sum.adds_up();
  json["totals"] = verdicts_json(sum);
  json["dropped"] = nonzero_json(sum.dropped);
  json["refused"] = nonzero_json(sum.refused);
  json["traffic"] = {{"rx_packets", sum.rx_packets},
                     {"rx_bytes", sum.rx_bytes},
                     {"tx_packets", sum.tx_packets},
                     {"tx_bytes", sum.tx_bytes},
                     {"handoff_in", sum.handoff_in},
                     {"handoff_out", sum.handoff_out},
                     {"flows", sum.flows}};
  Json list = Json::array();
  for (std::size_t w = 0; w < workers.size(); ++w) {
    Json worker = Json::object();
    worker["worker"] = w;
    worker.update(verdicts_json(workers[w]));
    worker["consistent"] = workers[w].consistent;
    list.push_back(std::move(worker));
  }
  json["workers"] = std::move(list);
  Json mib = Json::object();
  for (std::size_t i = 0; i < kMibCount; ++i) mib[std::string(kMibTexts[i].name)] = sum.mib[i];
  json["mib"] = std::move(mib);
  return as_reply(json);
}

Reply run_drops(ControlState& state, const Arguments& args) {
  const auto workers = read_workers(state.engine);
  const WorkerReading sum = sum_of(workers);
  const auto explain = args.text("explain");
  const bool all = args.flag("all");
  const auto wanted = explain ? std::optional(reason_named(*explain)) : std::nullopt;
  Json list = Json::array();
  for (std::size_t i = 0; i < kDropCount; ++i) {
    const auto reason = static_cast<Drop>(i);
    const bool silent = sum.dropped[i] == 0 && sum.refused[i] == 0;
    if (wanted ? *wanted != reason : silent && !all) continue;
    list.push_back({{"reason", kDropTexts[i].name},
                    {"count", sum.dropped[i]},
                    {"answered", sum.refused[i]},
                    {"per_second", rounded(state.sampler.drops_last_second(reason))},
                    {"what", kDropTexts[i].what},
                    {"hint", kDropTexts[i].hint}});
  }
  Json json = reply_of("drops");
  json["total"] = sum.dropped_total();
  json["drops"] = std::move(list);
  return as_reply(json);
}

Reply run_workers(ControlState& state, const Arguments&) {
  const std::int64_t now = monotonic_ns();
  const auto workers = read_workers(state.engine);
  std::uint64_t missed = 0, nobuf = 0;
  for (std::size_t i = 0; i < state.engine.port_count(); ++i) {
    const PortStats stats = state.engine.port_stats(i);
    missed += stats.rx_missed;
    nobuf += stats.rx_no_buffer;
  }
  Json list = Json::array();
  for (std::uint16_t w = 0; w < workers.size(); ++w) {
    const WorkerReading& r = workers[w];
    const WorkerRate rate = state.sampler.worker(w, state.engine.cycles_per_second());
    list.push_back(
        {{"worker", w},
         {"cpu", state.engine.cpu(w)},
         {"received", r.received},
         {"answered", r.answered},
         {"delivered", r.delivered},
         {"consumed", r.consumed},
         {"forwarded", r.forwarded},
         {"held", r.held},
         {"dropped", nonzero_json(r.dropped)},
         // Ports count these, not workers: the first stands for all, so that sums are right.
         {"missed", w == 0 ? missed : 0},
         {"nobuf", w == 0 ? nobuf : 0},
         {"busy_cycles", r.busy_cycles},
         {"total_cycles", r.total_cycles},
         {"sleep_cycles", r.sleep_cycles},
         {"rounds", r.rounds},
         {"busy_rounds", r.busy_rounds},
         {"stage_cycles", stages_json(r)},
         {"bursts", r.bursts},
         {"rx_packets", r.rx_packets},
         {"tx_packets", r.tx_packets},
         {"rx_bytes", r.rx_bytes},
         {"tx_bytes", r.tx_bytes},
         {"handoff_in", r.handoff_in},
         {"handoff_out", r.handoff_out},
         {"flows", r.flows},
         {"busy_percent", rounded(rate.busy_percent)},
         {"sleep_percent", rounded(rate.sleep_percent)},
         {"cycles_per_packet", rounded(rate.cycles_per_packet)},
         {"packets_per_second", rounded(rate.packets_per_second)},
         {"adds_up", r.adds_up()}});
  }
  Json json = reply_of("workers");
  json["now_ns"] = now;
  json["cycles_per_second"] = rounded(state.engine.cycles_per_second());
  json["workers"] = std::move(list);
  return as_reply(json);
}

}  // namespace weir
