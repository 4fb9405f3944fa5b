// What a pipeline is made of, and what it goes over to when the configuration changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "flow/toeplitz.hpp"
#include "ip/neighbour_table.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/snapshot.hpp"
#include "pipeline/stand.hpp"
#include "service/service.hpp"
#include "tcp/fast_open_places.hpp"

namespace weir {

/// The objects behind a service on one worker; either may be absent.
struct ServiceObjects {
  std::unique_ptr<TcpService> tcp;
  std::unique_ptr<UdpService> udp;
  std::optional<Tick> udp_due{};          ///< when `udp` wants to be woken
  std::unique_ptr<ServiceStand> stand{};  ///< of those who were given one
};

/// Which worker a TCP flow belongs to, for a port that does not spread them itself.
struct Ownership {
  const Toeplitz* hash = nullptr;
  const Owners* owners = nullptr;
  std::uint16_t self = 0;
  std::uint16_t workers = 1;
};

/// What all pipelines of an engine share, read-only but for the pool.
struct PipelineParts {
  const Snapshot& snapshot;
  const Secrets& secrets;
  const NeighbourTable& neighbours;
  FramePool& pool;
  WorkerCounters& counters;
  std::vector<ServiceObjects> services;  ///< one for each of the snapshot's
  Ownership ownership{};
};

/// What a worker needs to go over to another snapshot, made by the control thread and freed by it.
struct Adoption {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<ServiceObjects> services;  ///< by number; one without objects stays what it is
  std::vector<std::uint8_t> listener_ports;
  std::vector<tcp::FastOpenPlaces> fast_opens;

  /// `fresh`: objects of those services of `next` that the worker has not, by number. `counters`
  /// are that worker's.
  Adoption(std::shared_ptr<const Snapshot> next, std::vector<ServiceObjects> fresh,
           WorkerCounters& counters);
};

}  // namespace weir
