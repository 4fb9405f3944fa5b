// Where packets go and come from: addresses, routes, neighbours.
#include "control/commands_table.hpp"

namespace weir {
namespace {

std::string_view state_of(const LocalPort& port, std::size_t i) {
  if (!port.states) return "preferred";
  switch (port.states->at(i)) {
    case AddressState::tentative:
      return "tentative";
    case AddressState::preferred:
      return "preferred";
    case AddressState::duplicated:
      return "duplicated";
  }
  return "";
}

// 192.0.2.10/24 is an address on the network 192.0.2.0/24.
Prefix network_of(Prefix prefix) {
  const unsigned bits = prefix.address.is_v4() ? 96U + prefix.length : prefix.length;
  for (unsigned i = 0; i < prefix.address.bytes.size(); ++i) {
    const unsigned kept = bits <= 8 * i ? 0 : std::min(8U, bits - 8 * i);
    prefix.address.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return prefix;
}

Json route_json(const Prefix& prefix, const LocalPort& port, const std::optional<Address>& via) {
  return {{"prefix", to_string(prefix)},
          {"port", port.info.name},
          {"via", via ? Json(to_string(*via)) : Json(nullptr)}};
}

}  // namespace

Reply run_address(ControlState& state, const Arguments&) {
  Json list = Json::array();
  for (const LocalPort& port : state.engine.snapshot().ports) {
    const auto add = [&](const Prefix& prefix, std::string_view how) {
      list.push_back({{"address", to_string(prefix)}, {"port", port.info.name}, {"state", how}});
    };
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      add(port.addresses[i], state_of(port, i));
    }
    for (const Prefix& range : port.ranges) add(range, "all of them");
  }
  Json json = reply_of("address");
  json["addresses"] = std::move(list);
  return as_reply(json);
}

Reply run_route(ControlState& state, const Arguments&) {
  Json list = Json::array();
  for (const LocalPort& port : state.engine.snapshot().ports) {
    for (const Prefix& prefix : port.addresses) {
      list.push_back(route_json(network_of(prefix), port, std::nullopt));
    }
    if (port.gateway_v4) {
      list.push_back(route_json(*Prefix::parse("0.0.0.0/0"), port, port.gateway_v4));
    }
    if (port.gateway_v6) list.push_back(route_json(*Prefix::parse("::/0"), port, port.gateway_v6));
  }
  Json json = reply_of("route");
  json["routes"] = std::move(list);
  return as_reply(json);
}

Reply run_neigh(ControlState& state, const Arguments&) {
  Json list = Json::array();
  for (const NeighbourState& n : state.engine.neighbours()) {
    list.push_back({{"address", n.address}, {"mac", n.mac}, {"port", n.port}, {"state", n.state}});
  }
  Json json = reply_of("neigh");
  json["neighbours"] = std::move(list);
  return as_reply(json);
}

}  // namespace weir
