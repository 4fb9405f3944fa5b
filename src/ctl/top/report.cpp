#include "ctl/top/report.hpp"

#include <cmath>
#include <cstdint>

namespace weir::ctl::top {
namespace {

Json rate(double value) {
  return is_known(value) ? Json(std::round(value * 100) / 100) : Json(nullptr);
}

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(value); }

Json workers_json(const Model& model) {
  Json list = Json::array();
  for (const WorkerRow& row : model.workers()) {
    list.push_back({{"worker", row.now.worker},
                    {"cpu", row.now.cpu},
                    {"busy_percent", rate(row.busy)},
                    {"packets_per_second", rate(row.packets)},
                    {"cycles_per_packet", rate(row.cycles)},
                    {"burst", rate(row.burst)},
                    {"handoff_percent", rate(row.handoff)},
                    {"flows", whole(row.now.flows)}});
  }
  return list;
}

Json services_json(const Model& model) {
  Json list = Json::array();
  for (const ServiceRow& row : model.services()) {
    list.push_back({{"name", row.now.name},
                    {"state", row.now.state},
                    {"connections", whole(row.now.connections)},
                    {"half_open", whole(row.now.half_open)},
                    {"accepted_per_second", rate(row.accepted)},
                    {"ended_per_second", rate(row.ended)},
                    {"datagrams_per_second", rate(row.datagrams)}});
  }
  return list;
}

Json drops_json(const Model& model) {
  Json list = Json::array();
  for (const DropRow& row : model.drops()) {
    list.push_back({{"reason", row.now.reason},
                    {"count", whole(row.now.count)},
                    {"per_second", rate(row.rate)}});
  }
  return list;
}

Json ports_json(const Model& model) {
  Json list = Json::array();
  for (const PortRow& row : model.ports()) {
    list.push_back({{"name", row.now.name},
                    {"link_up", row.now.up},
                    {"rx_pps", rate(row.rx_pps)},
                    {"rx_bps", rate(row.rx_bps)},
                    {"tx_pps", rate(row.tx_pps)},
                    {"tx_bps", rate(row.tx_bps)},
                    {"missed_per_second", rate(row.missed)}});
  }
  return list;
}

}  // namespace

Json report_of(const Model& model) {
  const Reading& last = model.last();
  const Traffic& sum = model.traffic();
  Json json = reply_of("top");
  json["ready"] = last.ready;
  json["unready"] = last.ready ? Json(nullptr) : Json(last.unready);
  json["uptime_s"] = last.uptime;
  json["seconds"] = rate(model.seconds());
  json["rx_pps"] = rate(sum.rx_pps);
  json["rx_bps"] = rate(sum.rx_bps);
  json["tx_pps"] = rate(sum.tx_pps);
  json["tx_bps"] = rate(sum.tx_bps);
  json["connections"] = whole(last.connections);
  json["accepted_per_second"] = rate(sum.accepted);
  json["ended_per_second"] = rate(sum.ended);
  json["drops_per_second"] = rate(sum.drops);
  json["missed_per_second"] = rate(sum.missed);
  json["workers"] = workers_json(model);
  json["services"] = services_json(model);
  json["drops"] = drops_json(model);
  json["ports"] = ports_json(model);
  json["mempools"] = Json::array();
  for (const PoolReading& pool : last.pools) {
    json["mempools"].push_back(
        {{"name", pool.name}, {"size", whole(pool.size)}, {"free", whole(pool.free)}});
  }
  json["latency"] = nullptr;
  for (const LatencyReading& latency : last.latency) {
    json["latency"][latency.name] = {{"p50_us", latency.p50_us}, {"p99_us", latency.p99_us}};
  }
  return json;
}

}  // namespace weir::ctl::top
