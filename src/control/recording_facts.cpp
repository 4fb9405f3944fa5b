#include "control/recording_facts.hpp"

#include <algorithm>

#include "capture/recording.hpp"

namespace weir {
namespace {

Json ports_of(const Snapshot& snapshot) {
  Json ports = Json::array();
  for (const LocalPort& port : snapshot.ports) {
    Json states = Json::array();
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      states.push_back(
          {{"address", to_string(port.addresses[i].address)}, {"in_use", port.in_use(i)}});
    }
    ports.push_back({{"name", port.info.name},
                     {"mac", to_string(port.info.mac)},
                     {"mtu", port.info.mtu},
                     {"addresses", std::move(states)}});
  }
  return ports;
}

Json services_of(const Snapshot& snapshot) {
  Json services = Json::array();
  for (const ServiceLimits& service : snapshot.services) {
    if (!service.retired) {
      services.push_back({{"name", service.name}, {"draining", service.draining}});
    }
  }
  return services;
}

// Wherever it stands in the line, and in whichever: [dpdk] eal-args may name devices too, and a
// comment may quote what the file said.
void mask_secrets(std::string& line) {
  constexpr std::string_view kSecret = "secret=", kMask = "***";
  for (std::size_t at = 0; (at = line.find(kSecret, at)) != std::string::npos;) {
    at += kSecret.size();
    const std::size_t end = std::min(line.find_first_of(", \t", at), line.size());
    line.replace(at, end - at, kMask);
  }
}

}  // namespace

std::string shareable_config(const std::string& config) {
  std::string text;
  for (std::size_t at = 0; at < config.size();) {
    const std::size_t end = std::min(config.find('\n', at), config.size());
    std::string line = config.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("root ")) continue;
    mask_secrets(line);
    text += line + '\n';
  }
  return text;
}

Json recording_facts(const ControlState& state, std::int64_t start_ns) {
  const EngineView& engine = state.engine;
  Json json = reply_of("recording");
  json["version"] = state.facts.version;
  json["layout"] = flight_layout();
  json["start_ns"] = start_ns;
  json["workers"] = engine.worker_count();
  json["config"] = shareable_config(state.facts.config_text);
  json["ports"] = ports_of(engine.snapshot());
  json["services"] = services_of(engine.snapshot());
  return json;
}

}  // namespace weir
