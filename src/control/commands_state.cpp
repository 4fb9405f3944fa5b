// What there is: status, ports, services, metrics, versions, configuration.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "control/commands_table.hpp"
#include "control/readiness.hpp"
#include "control/status.hpp"

namespace weir {
namespace {

// Mistyped names are worth a sentence; an empty table would look like a quiet port.
void require_known(const Json& list, const Arguments& args, std::string_view noun) {
  if (!list.empty() || !args.text("name")) return;
  throw BadArgument{
      fmt::format("there is no {} of that name; 'weirctl {}s' lists them", noun, noun), {}};
}

bool selected(const Arguments& args, const std::string& name) {
  return args.text("name").value_or(name) == name;
}

Json offloads_json(const PortOffloads& offloads) {
  return {{"rx_ip", offloads.rx_ip},     {"rx_l4", offloads.rx_l4},
          {"tx_ipv4", offloads.tx_ipv4}, {"tx_tcp", offloads.tx_tcp},
          {"tx_udp", offloads.tx_udp},   {"tx_chains", offloads.tx_chains},
          {"tx_tso", offloads.tx_tso}};
}

// What `[port] device` says: the kernel's name for what the driver drives.
Json device_of(const ControlState& state, const std::string& port) {
  if (state.reloader == nullptr) return nullptr;
  for (const PortConfig& each : state.reloader->running().config.ports) {
    if (each.name == port) return each.device;
  }
  return nullptr;
}

Json port_json(const ControlState& state, std::size_t i) {
  const LocalPort& local = state.engine.snapshot().ports.at(i);
  const PortInfo& info = local.info;
  const PortStats stats = state.engine.port_stats(i);
  const PortRate rate = state.sampler.port(i);
  const LinkState link = state.engine.port_link(i);
  const auto quiet = state.sampler.port_quiet_for(i, std::chrono::steady_clock::now());
  Json addresses = Json::array(), gateways = Json::array();
  for (const Prefix& prefix : local.addresses) addresses.push_back(to_string(prefix));
  for (const auto& gateway : {local.gateway_v4, local.gateway_v6}) {
    if (gateway) gateways.push_back(to_string(*gateway));
  }
  return {{"name", info.name},
          {"device", device_of(state, info.name)},
          {"driver", info.driver},
          {"mac", to_string(info.mac)},
          {"mtu", info.mtu},
          {"vlan", local.vlan},
          {"addresses", addresses},
          {"gateways", gateways},
          {"link",
           {{"up", link.up},
            {"full_duplex", link.full_duplex},
            {"speed_bps", link.megabits * std::uint64_t{1'000'000}}}},
          {"queues", {{"rx", info.rx_queues}, {"tx", info.tx_queues}}},
          {"rss", info.rss},
          {"offloads", offloads_json(info.offloads)},
          {"rx",
           {{"packets", stats.rx_packets},
            {"bytes", stats.rx_bytes},
            {"missed", stats.rx_missed},
            {"errors", stats.rx_errors},
            {"nobuf", stats.rx_no_buffer},
            {"last_packet_s", quiet ? Json(rounded(*quiet)) : Json(nullptr)},
            {"pps", rounded(rate.rx_pps)},
            {"bps", rounded(rate.rx_bps)}}},
          {"tx",
           {{"packets", stats.tx_packets},
            {"bytes", stats.tx_bytes},
            {"errors", stats.tx_errors},
            {"pps", rounded(rate.tx_pps)},
            {"bps", rounded(rate.tx_bps)}}}};
}

std::int64_t unix_seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

// What was said at the start and what is seen now.
Json warnings_of(const ControlState& state) {
  constexpr std::uint64_t kScarcePercent = 20;
  Json warnings = state.engine.warnings();
  const std::vector<PoolState> pools = state.engine.pools();
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const std::uint64_t low = state.sampler.pool_low(i).value_or(pools[i].free);
    if (pools[i].size == 0 || 100 * low >= kScarcePercent * pools[i].size) continue;
    warnings.push_back(fmt::format("mempool {}: once only {} % were free; see 'weirctl memory'",
                                   pools[i].name, 100 * low / pools[i].size));
  }
  return warnings;
}

}  // namespace

Reply run_status(ControlState& state, const Arguments&) {
  Json json = status_of(state, read_workers(state.engine));
  const std::string unready = why_not_ready(state.engine);
  json["ready"] = unready.empty();
  json["unready"] = unready.empty() ? Json(nullptr) : Json(unready);
  json["dpdk"] = state.facts.dpdk_version;
  json["config"] = {{"file", state.facts.config_file},
                    {"loaded_at", unix_seconds(state.facts.loaded_at)}};
  json["warnings"] = warnings_of(state);
  return as_reply(json);
}

Reply run_ports(ControlState& state, const Arguments& args) {
  Json list = Json::array();
  for (std::size_t i = 0; i < state.engine.port_count(); ++i) {
    if (selected(args, state.engine.snapshot().ports.at(i).info.name)) {
      list.push_back(port_json(state, i));
    }
  }
  require_known(list, args, "port");
  Json json = reply_of("ports");
  json["ports"] = std::move(list);
  return as_reply(json);
}

Reply run_services(ControlState& state, const Arguments& args) {
  const WorkerReading sum = sum_of(peek_workers(state.engine));
  const Snapshot& snapshot = state.engine.snapshot();
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(snapshot.services.size(), kMaxServices); ++i) {
    const ServiceLimits& limits = snapshot.services[i];
    if (!selected(args, limits.name)) continue;
    const ServiceReading& r = sum.services[i];
    if (is_over(limits, r)) continue;
    const ServiceRate rate = state.sampler.service(i);
    Json own = Json::object();
    for (std::size_t c = 0; c < limits.counters.size(); ++c) own[limits.counters[c]] = r.own[c];
    list.push_back({{"name", limits.name},
                    {"handler", limits.handler},
                    {"state", state_name(limits)},
                    {"listen", listens_of(snapshot, i)},
                    {"connections", r.connections},
                    {"half_open", r.half_open},
                    {"accepted", r.accepted},
                    {"ended", r.ended},
                    {"datagrams", r.datagrams},
                    {"accepted_per_second", rounded(rate.accepted)},
                    {"datagrams_per_second", rounded(rate.datagrams)},
                    {"backlog", limits.backlog},
                    {"max_connections", limits.max_connections},
                    {"counters", std::move(own)}});
  }
  require_known(list, args, "service");
  Json json = reply_of("services");
  json["services"] = std::move(list);
  return as_reply(json);
}

Reply run_metrics(ControlState& state, const Arguments&) {
  Json json = reply_of("metrics");
  json["text"] = state.metrics_text();
  return as_reply(json);
}

Reply run_version(ControlState& state, const Arguments&) {
  Json json = reply_of("version");
  json["version"] = state.facts.version;
  json["protocol"] = kControlProtocol;
  json["dpdk"] = state.facts.dpdk_version;
  json["pid"] = getpid();
  return as_reply(json);
}

Reply run_config(ControlState& state, const Arguments&) {
  Json json = reply_of("config");
  json["file"] = state.facts.config_file;
  json["loaded_at"] = unix_seconds(state.facts.loaded_at);
  json["text"] = state.facts.config_text;
  return as_reply(json);
}

}  // namespace weir
