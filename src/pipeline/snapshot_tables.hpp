// What a pipeline derives from a snapshot, in the snapshot's order.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/snapshot.hpp"
#include "tcp/fast_open_places.hpp"

namespace weir {

inline constexpr std::uint64_t kEchoShare =
    100;  ///< an echo reply is no error: so many times as often

/// By listener: the port that its address is on, in use already or not.
[[nodiscard]] inline std::vector<std::uint8_t> ports_of_listeners(const Snapshot& snapshot) {
  std::vector<std::uint8_t> ports;
  for (const Listener& listener : snapshot.listeners.all()) {
    const auto is_on = [&](const LocalPort& port) {
      return port.owns(listener.address) || port.owns_not_yet(listener.address);
    };
    std::uint8_t port = 0;
    while (port + 1U < snapshot.ports.size() && !is_on(snapshot.ports[port])) ++port;
    ports.push_back(port);
  }
  return ports;
}

/// By service.
[[nodiscard]] inline std::vector<tcp::FastOpenPlaces> fast_open_places(const Snapshot& snapshot) {
  std::vector<tcp::FastOpenPlaces> places;
  for (const ServiceLimits& s : snapshot.services) places.emplace_back(s.fast_opens);
  return places;
}

}  // namespace weir
