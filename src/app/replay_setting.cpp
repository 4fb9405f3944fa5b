#include "app/replay_setting.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "control/config_loader.hpp"
#include "control/json.hpp"
#include "control/recording_facts.hpp"
#include "runtime/make_snapshot.hpp"
#include "runtime/services.hpp"
#include "service/hold.hpp"

namespace weir {
namespace {

// As to_string(Mac) writes it; zeros for anything else.
Mac mac_of(const std::string& text) {
  Mac mac;
  std::array<unsigned, 6> bytes{};
  const int found = std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1],
                                &bytes[2], &bytes[3], &bytes[4], &bytes[5]);
  if (found != 6) return mac;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    mac.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  }
  return mac;
}

std::vector<PortInfo> ports_of(const Json& facts) {
  std::vector<PortInfo> ports;
  for (const Json& port : facts.at("ports")) {
    PortInfo info{};
    info.name = port.at("name").get<std::string>();
    info.driver = "recording";
    info.mac = mac_of(port.at("mac").get<std::string>());
    info.mtu = port.at("mtu").get<std::uint16_t>();
    ports.push_back(info);
  }
  return ports;
}

// The snapshot puts the ports of the file and of its configuration side by side.
bool are_of(const Config& config, const std::vector<PortInfo>& ports) {
  return std::ranges::equal(config.ports, ports, {}, &PortConfig::name, &PortInfo::name);
}

void take_states(const Json& facts, Snapshot& snapshot) {
  for (std::size_t p = 0; p < snapshot.ports.size(); ++p) {
    LocalPort& port = snapshot.ports[p];
    port.states = std::make_shared<AddressStates>(port.addresses.size(), AddressState::preferred);
    for (const Json& address : facts.at("ports").at(p).at("addresses")) {
      if (address.at("in_use").get<bool>()) continue;
      const std::string name = address.at("address").get<std::string>();
      for (std::size_t i = 0; i < port.addresses.size(); ++i) {
        if (to_string(port.addresses[i].address) == name) {
          port.states->set(i, AddressState::tentative);
        }
      }
    }
  }
  for (const Json& service : facts.at("services")) {
    for (ServiceLimits& ours : snapshot.services) {
      if (ours.name == service.at("name").get<std::string>()) {
        ours.draining = service.at("draining").get<bool>();
      }
    }
  }
}

}  // namespace

Result<ReplaySetting> replay_setting(const std::string& text) try {
  const Json facts = Json::parse(text);
  ReplaySetting setting;
  setting.version = facts.at("version").get<std::string>();
  const auto layout = facts.at("layout").get<std::string>();
  if (layout != flight_layout()) {
    return Error{"weir " + setting.version + " recorded it, whose records (" + layout +
                 ") are others than this build's (" + flight_layout() + "): run that one"};
  }
  ConfigSources sources;
  sources.file = "recording";
  // Whoever made the file: the directories of this machine are not asked for.
  sources.text = shareable_config(facts.at("config").get<std::string>());
  const LoadedConfig loaded = load_config(sources);
  if (!loaded.ok()) return Error{"its configuration is refused: " + problem_report(loaded)};
  setting.config = loaded.config;
  setting.start_ns = facts.at("start_ns").get<std::int64_t>();
  const std::vector<PortInfo> ports = ports_of(facts);
  if (!are_of(loaded.config, ports)) {
    return Error{"its ports are not those of its configuration: the file was damaged or changed"};
  }
  setting.snapshot = make_snapshot(loaded.config, ports);
  take_states(facts, setting.snapshot);
  return setting;
} catch (const Json::exception& error) {
  return Error{std::string("what it says of itself cannot be read: ") + error.what()};
}

// TCP services are played: one that would want files has a stand-in, which nobody calls.
std::vector<ServiceObjects> services_of(const ReplaySetting& setting, const WallClock& clock) {
  std::vector<ServiceObjects> services;
  for (const ServiceConfig& service : setting.config.services) {
    if (service.handler == Handler::http) {
      services.push_back({std::make_unique<HoldService>(), nullptr});
    } else {
      services.push_back(make_service(service, {.clock = clock}, nullptr));
    }
  }
  return services;
}

}  // namespace weir
