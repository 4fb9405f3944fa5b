// From the replies' JSON to numbers.
#include "ctl/top/reading.hpp"

#include "ctl/show.hpp"
#include "ctl/top/unknown.hpp"

namespace weir::ctl::top {
namespace {

// Text of the daemon's is shown on a terminal.
std::string text(const Json& json, std::string_view key) { return safe(word(json, key)); }

double seconds(const Json& reply) { return number(reply, "now_ns") / 1e9; }

double known(const Json& json, const char* key) {
  return json.at(key).is_null() ? kUnknown : number(json, key);
}

PortReading port(const Json& json) {
  return {text(json, "name"),         text(json, "driver"),     json.at("link_up").get<bool>(),
          number(json, "speed_bps"),  number(json, "queues"),   number(json, "rx_packets"),
          number(json, "tx_packets"), number(json, "rx_bytes"), number(json, "tx_bytes"),
          number(json, "missed")};
}

WorkerReading worker(const Json& json) {
  return {json.at("worker").get<int>(), json.at("cpu").get<int>(),   number(json, "received"),
          number(json, "rx_packets"),   number(json, "bursts"),      number(json, "handoff_in"),
          number(json, "flows"),        number(json, "busy_cycles"), number(json, "total_cycles"),
          number(json, "sleep_cycles")};
}

ServiceReading service(const Json& json) {
  ServiceReading reading{text(json, "name"),          text(json, "handler"),
                         text(json, "state"),         {},
                         number(json, "connections"), number(json, "half_open"),
                         number(json, "accepted"),    number(json, "ended"),
                         number(json, "datagrams")};
  for (const Json& listen : json.at("listen")) {
    reading.listen.push_back(safe(listen.get<std::string>()));
  }
  return reading;
}

FlowReading flow(const Json& json) {
  return {state_text(word(json, "state")), text(json, "local"),          text(json, "remote"),
          text(json, "service"),           json.at("worker").get<int>(), known(json, "age_s"),
          number(json, "idle_s"),          known(json, "rx_bytes"),      known(json, "tx_bytes"),
          number(json, "srtt_us")};
}

std::vector<LatencyReading> latencies(const Json& status) {
  std::vector<LatencyReading> list;
  const auto found = status.find("latency");
  if (found == status.end() || !found->is_object()) return list;
  for (const auto& [name, json] : found->items()) {
    if (json.is_object() && number(json, "count") > 0) {
      list.push_back({safe(name), number(json, "p50_us"), number(json, "p99_us")});
    }
  }
  return list;
}

void take_flows(Reading& reading, const Json& reply) {
  reading.has_flows = true;
  reading.flows_matched = number(reply, "matched");
  for (const Json& json : reply.at("flows")) reading.flows.push_back(flow(json));
}

}  // namespace

Reading reading_of(const Replies& replies) {
  const Json& status = replies.status;
  Reading reading;
  reading.version = text(status, "version");
  reading.ready = status.at("ready").get<bool>();
  if (!reading.ready) reading.unready = text(status, "unready");
  reading.uptime = number(status, "uptime_s");
  reading.at = seconds(status);
  reading.workers_at = seconds(replies.workers);
  reading.cycles_per_second = number(replies.workers, "cycles_per_second");
  reading.connections = number(status.at("totals"), "flows");
  reading.dropped = number(status.at("totals"), "dropped");
  for (const Json& json : status.at("ports")) reading.ports.push_back(port(json));
  for (const Json& json : replies.workers.at("workers")) reading.workers.push_back(worker(json));
  for (const Json& json : status.at("services")) reading.services.push_back(service(json));
  for (const Json& json : status.at("drops")) {
    reading.drops.push_back({text(json, "reason"), text(json, "what"), number(json, "count")});
  }
  for (const Json& json : replies.memory.at("mempools")) {
    reading.pools.push_back({text(json, "name"), number(json, "size"), number(json, "free")});
  }
  for (const Json& json : status.at("warnings")) {
    reading.warnings.push_back(safe(json.get<std::string>()));
  }
  reading.latency = latencies(status);
  reading.flows_at = replies.flows_at;
  if (replies.flows.is_object()) take_flows(reading, replies.flows);
  return reading;
}

}  // namespace weir::ctl::top
