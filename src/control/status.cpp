#include "control/status.hpp"

#include <algorithm>

#include "control/commands_table.hpp"

namespace weir {
namespace {

Json ports_json(const ControlState& state) {
  Json ports = Json::array();
  const EngineView& engine = state.engine;
  for (std::size_t i = 0; i < engine.port_count(); ++i) {
    const PortInfo& info = engine.snapshot().ports.at(i).info;
    const PortStats stats = engine.port_stats(i);
    const PortRate rate = state.sampler.port(i);
    const LinkState link = engine.port_link(i);
    ports.push_back({{"name", info.name},
                     {"driver", info.driver},
                     {"link_up", link.up},
                     {"speed_bps", link.megabits * std::uint64_t{1'000'000}},
                     {"queues", info.rx_queues},
                     {"rx_packets", stats.rx_packets},
                     {"tx_packets", stats.tx_packets},
                     {"rx_bytes", stats.rx_bytes},
                     {"tx_bytes", stats.tx_bytes},
                     {"missed", stats.rx_missed},
                     {"rx_pps", rounded(rate.rx_pps)},
                     {"tx_pps", rounded(rate.tx_pps)},
                     {"rx_bps", rounded(rate.rx_bps)},
                     {"tx_bps", rounded(rate.tx_bps)},
                     {"missed_per_second", rounded(rate.missed)}});
  }
  return ports;
}

Json workers_json(const ControlState& state, const std::vector<WorkerReading>& workers) {
  Json list = Json::array();
  for (std::uint16_t w = 0; w < workers.size(); ++w) {
    const WorkerReading& r = workers[w];
    const WorkerRate rate = state.sampler.worker(w, state.engine.cycles_per_second());
    list.push_back({{"worker", w},
                    {"cpu", state.engine.cpu(w)},
                    {"received", r.received},
                    {"answered", r.answered},
                    {"delivered", r.delivered},
                    {"consumed", r.consumed},
                    {"forwarded", r.forwarded},
                    {"held", r.held},
                    {"dropped", r.dropped_total()},
                    {"busy_cycles", r.busy_cycles},
                    {"rounds", r.rounds},
                    {"busy_percent", rounded(rate.busy_percent)},
                    {"packets_per_second", rounded(rate.packets_per_second)},
                    {"flows", r.flows},
                    {"rx_packets", r.rx_packets},
                    {"tx_packets", r.tx_packets},
                    {"handoff_in", r.handoff_in},
                    {"handoff_out", r.handoff_out}});
  }
  return list;
}

Json services_json(const ControlState& state, const WorkerReading& sum) {
  Json list = Json::array();
  const Snapshot& snapshot = state.engine.snapshot();
  for (std::size_t i = 0; i < std::min(snapshot.services.size(), kMaxServices); ++i) {
    const ServiceReading& r = sum.services[i];
    if (is_over(snapshot.services[i], r)) continue;
    const ServiceRate rate = state.sampler.service(i);
    list.push_back({{"number", i},
                    {"name", snapshot.services[i].name},
                    {"handler", snapshot.services[i].handler},
                    {"state", state_name(snapshot.services[i])},
                    {"listen", listens_of(snapshot, i)},
                    {"connections", r.connections},
                    {"half_open", r.half_open},
                    {"accepted", r.accepted},
                    {"ended", r.ended},
                    {"datagrams", r.datagrams},
                    {"accepted_per_second", rounded(rate.accepted)},
                    {"datagrams_per_second", rounded(rate.datagrams)}});
  }
  return list;
}

Json drops_json(const ControlState& state, const WorkerReading& sum) {
  Json list = Json::array();
  for (std::size_t i = 0; i < kDropCount; ++i) {
    if (sum.dropped[i] == 0) continue;
    list.push_back(
        {{"reason", kDropTexts[i].name},
         {"count", sum.dropped[i]},
         {"what", kDropTexts[i].what},
         {"per_second", rounded(state.sampler.drops_last_minute(static_cast<Drop>(i)))}});
  }
  std::stable_sort(list.begin(), list.end(), [](const Json& a, const Json& b) {
    return a["count"].get<std::uint64_t>() > b["count"].get<std::uint64_t>();
  });
  return list;
}

double us_of(std::uint64_t ns) { return rounded(static_cast<double>(ns) / 1000); }

// null: there was none.
Json times_json(const HistogramReading& r) {
  const auto us = [&r](double share) {
    return r.count() == 0 ? Json() : Json(us_of(r.quantile(share)));
  };
  return {{"count", r.count()}, {"p50_us", us(0.5)}, {"p99_us", us(0.99)}, {"max_us", us(1)}};
}

Json latency_json(const TimesReading& recent) {
  return {{"seconds", RecentTimes::kSeconds},
          {"handshake", times_json(recent.handshake)},
          {"request", times_json(recent.request)},
          {"rx_tx", times_json(recent.rx_tx)},
          {"loop", times_json(recent.loop)}};
}

}  // namespace

bool is_over(const ServiceLimits& service, const ServiceReading& reading) noexcept {
  return service.retired && reading.connections == 0 && reading.half_open == 0;
}

std::string_view state_name(const ServiceLimits& service) noexcept {
  if (service.retired) return "retiring";
  return service.draining ? "draining" : "serving";
}

std::vector<std::string> listens_of(const Snapshot& snapshot, std::size_t service) {
  std::vector<std::string> texts;
  for (const Listener& listener : snapshot.listeners.all()) {
    if (listener.service != service || listener.retired || listener.client) continue;
    texts.push_back(to_string(listener.address, listener.port) +
                    (listener.transport == Transport::tcp ? "/tcp" : "/udp"));
  }
  return texts;
}

Json status_of(const ControlState& state, const std::vector<WorkerReading>& workers) {
  const WorkerReading sum = sum_of(workers);
  Json json = reply_of("status");
  json["version"] = state.facts.version;
  json["uptime_s"] = rounded(state.uptime_seconds());
  json["now_ns"] = monotonic_ns();
  json["ports"] = ports_json(state);
  json["workers"] = workers_json(state, workers);
  json["services"] = services_json(state, sum);
  json["drops"] = drops_json(state, sum);
  json["latency"] = latency_json(state.times.recent());
  json["totals"] = {{"received", sum.received},
                    {"answered", sum.answered},
                    {"delivered", sum.delivered},
                    {"consumed", sum.consumed},
                    {"forwarded", sum.forwarded},
                    {"dropped", sum.dropped_total()},
                    {"held", sum.held},
                    {"flows", sum.flows},
                    {"rx_packets", sum.rx_packets},
                    {"tx_packets", sum.tx_packets},
                    {"rx_bytes", sum.rx_bytes},
                    {"tx_bytes", sum.tx_bytes}};
  return json;
}

std::string status_json(const ControlState& state) {
  return to_line(status_of(state, peek_workers(state.engine)));
}

}  // namespace weir
