// What a pipeline derives from a snapshot, in the snapshot's order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/snapshot.hpp"
#include "tcp/fast_open_places.hpp"

namespace weir {

inline constexpr std::uint8_t kNoPort = 0xff;

/// By listener: the port that its address is on, in use already or not; kNoPort: on none.
[[nodiscard]] inline std::vector<std::uint8_t> ports_of_listeners(const Snapshot& snapshot) {
  std::vector<std::uint8_t> ports;
  for (const Listener& listener : snapshot.listeners.all()) {
    const auto is_on = [&](const LocalPort& port) {
      return port.owns(listener.address) || port.owns_not_yet(listener.address);
    };
    const auto port = std::find_if(snapshot.ports.begin(), snapshot.ports.end(), is_on);
    ports.push_back(port == snapshot.ports.end()
                        ? kNoPort
                        : static_cast<std::uint8_t>(port - snapshot.ports.begin()));
  }
  return ports;
}

/// A listener whose address a reload took away stays where it was (`before`): its connections go
/// on.
inline void settle_ports(std::vector<std::uint8_t>& ports,
                         std::span<const std::uint8_t> before) noexcept {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i] == kNoPort) ports[i] = i < before.size() ? before[i] : 0;
  }
}

/// By service.
[[nodiscard]] inline std::vector<tcp::FastOpenPlaces> fast_open_places(const Snapshot& snapshot) {
  std::vector<tcp::FastOpenPlaces> places;
  for (const ServiceLimits& s : snapshot.services) places.emplace_back(s.fast_opens);
  return places;
}

}  // namespace weir
