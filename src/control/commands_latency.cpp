// How long things take: latency.
#include <fmt/format.h>

#include <algorithm>

#include "control/commands_table.hpp"
#include "control/histograms.hpp"

namespace weir {
namespace {

constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};

void check_name(const std::string& name) {
  std::string known;
  for (const HistogramKind& kind : histogram_kinds()) {
    if (kind.name == name) return;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", kind.name);
  }
  throw BadArgument{"nothing of that name is timed; there are: " + known, {}};
}

// Those that hold something: [largest value, how many].
Json buckets_json(const HistogramReading& reading) {
  Json buckets = Json::array();
  for (std::size_t i = 0; i < reading.cells().size(); ++i) {
    if (reading.cells()[i] == 0) continue;
    buckets.push_back({HistogramScale::end_of(i), reading.cells()[i]});
  }
  return buckets;
}

Json histogram_json(const NamedHistogram& h) {
  Json json = Json::object();
  json["name"] = h.kind->name;
  if (!h.service.empty()) json["service"] = h.service;
  if (h.worker) json["worker"] = *h.worker;
  json["unit"] = h.kind->unit;
  const HistogramReading& r = h.reading;
  const bool some = r.count() != 0;
  json["count"] = r.count();
  json["sum"] = r.sum();
  json["min"] = some ? Json(r.min()) : Json();
  for (const auto& [name, share] : kQuantiles) json[name] = some ? Json(r.quantile(share)) : Json();
  json["max"] = some ? Json(r.max()) : Json();
  json["mean"] = some ? Json(rounded(r.mean())) : Json();
  json["buckets"] = buckets_json(r);
  return json;
}

}  // namespace

Reply run_latency(ControlState& state, const Arguments& args) {
  const std::string name = args.text("name").value_or("");
  if (!name.empty()) check_name(name);
  Json list = Json::array();
  for (const NamedHistogram& h : read_histograms(state.engine, name, args.flag("workers"))) {
    list.push_back(histogram_json(h));
  }
  Json json = reply_of("latency");
  json["uptime_s"] = rounded(state.uptime_seconds());
  json["started_ns"] = state.started.time_since_epoch().count();
  json["histograms"] = std::move(list);
  return as_reply(json);
}

}  // namespace weir
