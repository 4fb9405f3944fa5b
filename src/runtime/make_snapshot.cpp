// Units of the configuration become units of the code; wildcards become addresses.
#include "runtime/make_snapshot.hpp"

#include "runtime/services.hpp"

namespace weir {
namespace {

LocalPort make_port(const PortConfig& config, const PortInfo& info) {
  LocalPort port;
  port.info = info;
  port.vlan = config.vlan;
  port.addresses = config.addresses;
  port.gateway_v4 = config.gateway_v4;
  port.gateway_v6 = config.gateway_v6;
  // RFC 4291 §2.8: every interface has a link-local address; neighbours speak to it.
  bool v6 = false;
  for (const Prefix& prefix : config.addresses) v6 = v6 || !prefix.address.is_v4();
  if (v6) port.addresses.push_back({link_local_address(info.mac), 64});
  const AddressState first = config.dad ? AddressState::tentative : AddressState::preferred;
  port.states = std::make_shared<AddressStates>(port.addresses.size(), first);
  return port;
}

void add_listeners(const ServiceConfig& service, std::uint16_t number, Snapshot& snapshot) {
  for (const ListenConfig& listen : service.listen) {
    if (listen.address) {
      snapshot.listeners.add({*listen.address, listen.port, listen.transport, number});
      continue;
    }
    for (const LocalPort& port : snapshot.ports) {
      for (const Prefix& prefix : port.addresses) {
        const std::uint16_t there =
            snapshot.listeners.find(listen.transport, prefix.address, listen.port);
        // A service on one address goes before one on all of them.
        if (there != kNoListener) continue;
        snapshot.listeners.add({prefix.address, listen.port, listen.transport, number});
      }
    }
  }
}

void add_client_places(const ServiceConfig& service, std::uint16_t number, Snapshot& snapshot) {
  const ClientPorts ports = service.client_ports;
  if (ports.first == 0) return;
  for (const LocalPort& port : snapshot.ports) {
    for (const Prefix& prefix : port.addresses) {
      // A link-local address reaches nobody but its own link, and says not which.
      if (prefix.address.is_link_local()) continue;
      for (unsigned p = ports.first; p <= ports.last; ++p) {
        Listener place{prefix.address, static_cast<std::uint16_t>(p), Transport::tcp, number};
        place.passive = false;
        place.client = true;
        snapshot.listeners.add(place);
      }
    }
  }
}

tcp::Cookies cookies(SynCookies mode) {
  switch (mode) {
    case SynCookies::off:
      return tcp::Cookies::off;
    case SynCookies::always:
      return tcp::Cookies::always;
    case SynCookies::automatic:
      break;
  }
  return tcp::Cookies::automatic;
}

}  // namespace

Snapshot make_snapshot(const Config& config, const std::vector<PortInfo>& ports) {
  Snapshot snapshot;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    snapshot.ports.push_back(make_port(config.ports[i], ports[i]));
  }
  snapshot.tcp.send_buffer = config.tcp.send_buffer;
  snapshot.tcp.receive_buffer = config.tcp.receive_buffer;
  snapshot.tcp.receive_buffer_max = config.tcp.receive_buffer_max;
  snapshot.tcp.rto_min_ms = to_ms(config.tcp.rto_min);
  snapshot.tcp.rto_min_spread_ms = to_ms(config.tcp.rto_min_spread);
  snapshot.tcp.delayed_ack_ms = to_ms(config.tcp.delayed_ack);
  snapshot.tcp.msl_ms = to_ms(config.tcp.msl);
  snapshot.tcp.syn_retries = config.tcp.syn_retries;
  snapshot.tcp.r2_ms = to_ms(config.tcp.r2);
  snapshot.tcp.congestion = config.tcp.congestion == CongestionControl::cubic
                                ? tcp::Algorithm::cubic
                                : tcp::Algorithm::newreno;
  snapshot.tcp.ecn = config.tcp.ecn;
  snapshot.tcp.pacing = config.tcp.pacing;
  snapshot.tcp.cookies = cookies(config.tcp.syncookies);
  snapshot.max_flows = config.tcp.max_flows;
  snapshot.flow_accounts = config.tcp.flow_accounts;
  snapshot.max_flows_per_source = config.tcp.max_flows_per_source;
  snapshot.rst_limit = config.tcp.rst_limit;
  snapshot.icmp_limit = config.ip.icmp_limit;
  snapshot.ttl = config.ip.ttl;
  snapshot.reassembly_timeout = config.ip.reassembly_timeout;
  for (const ServiceConfig& service : config.services) {
    ServiceLimits limits;
    limits.name = service.name;
    limits.handler = to_string(service.handler);
    limits.backlog = service.backlog;
    limits.max_connections = service.max_connections;
    limits.fast_opens = service.fast_open;
    limits.tcp.idle_ms = to_ms(service.idle_timeout);
    limits.tcp.keep_alive_ms = to_ms(service.keep_alive);
    limits.tcp.nagle = service.nagle;
    limits.counters = service.counters;
    snapshot.services.push_back(std::move(limits));
  }
  // Exact addresses first, so that a wildcard finds them taken.
  for (const bool exact : {true, false}) {
    for (std::size_t i = 0; i < config.services.size(); ++i) {
      ServiceConfig part = config.services[i];
      std::erase_if(part.listen,
                    [&](const ListenConfig& l) { return l.address.has_value() != exact; });
      add_listeners(part, static_cast<std::uint16_t>(i), snapshot);
    }
  }
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    add_client_places(config.services[i], static_cast<std::uint16_t>(i), snapshot);
  }
  find_client_places(snapshot);
  return snapshot;
}

// Neighbours in the list are of one address: of its workers each has its turn soon.
void find_client_places(Snapshot& snapshot) {
  for (ServiceLimits& service : snapshot.services) service.client_places.clear();
  for (std::uint16_t i = 0; i < snapshot.listeners.size(); ++i) {
    const Listener& place = snapshot.listeners[i];
    if (!place.client || place.retired) continue;
    snapshot.services[place.service].client_places.push_back(i);
  }
}

}  // namespace weir
