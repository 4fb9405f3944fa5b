// One listener that can be reached is enough: of a service on two ports, one cable may be out.
#include "control/readiness.hpp"

#include <fmt/format.h>

namespace weir {
namespace {

std::string why_not_in_use(const LocalPort& port, std::size_t address) {
  const bool taken = port.states->at(address) == AddressState::duplicated;
  return fmt::format(
      "{} of port {} {}", to_string(port.addresses[address].address), port.info.name,
      taken ? "is used by another host" : "is not in use yet (duplicate address detection)");
}

/// Empty: a client can reach it.
std::string why_not_reachable(const EngineView& engine, const Address& address) {
  const auto& ports = engine.snapshot().ports;
  for (std::size_t p = 0; p < ports.size(); ++p) {
    for (std::size_t i = 0; i < ports[p].addresses.size(); ++i) {
      if (ports[p].addresses[i].address != address) continue;
      if (!engine.port_link(p).up) return fmt::format("port {} has no link", ports[p].info.name);
      return ports[p].in_use(i) ? "" : why_not_in_use(ports[p], i);
    }
  }
  return fmt::format("{} is on no port", to_string(address));
}

std::string why_not_serving(const EngineView& engine, std::size_t service) {
  std::string first;
  for (const Listener& listener : engine.snapshot().listeners.all()) {
    if (listener.service != service || listener.retired || listener.client) continue;
    const std::string why = why_not_reachable(engine, listener.address);
    if (why.empty()) return "";
    if (first.empty()) first = why;
  }
  return first;
}

}  // namespace

std::string why_not_ready(const EngineView& engine) {
  const auto& services = engine.snapshot().services;
  bool serves = services.empty();
  for (std::size_t i = 0; i < services.size(); ++i) {
    if (services[i].retired) continue;
    serves = serves || !services[i].draining;
    const std::string why = why_not_serving(engine, i);
    if (!why.empty()) return fmt::format("service {} cannot be reached: {}", services[i].name, why);
  }
  return serves ? "" : "draining: no service takes new connections";
}

}  // namespace weir
