// One look at the daemon, as numbers: what top asks for each time.
#pragma once

#include <string>
#include <vector>

#include "control/json.hpp"

namespace weir::ctl::top {

// Counters are doubles: they are only subtracted, divided and shown, and exact up to 2^53.

struct PortReading {
  std::string name, driver;
  bool up = false;
  double speed_bps = 0, queues = 0;
  double rx_packets = 0, tx_packets = 0, rx_bytes = 0, tx_bytes = 0, missed = 0;
};

struct WorkerReading {
  int worker = 0, cpu = 0;
  double received = 0, rx_packets = 0, bursts = 0, handed_in = 0, flows = 0;
  double busy_cycles = 0, awake_cycles = 0, sleep_cycles = 0;
};

struct ServiceReading {
  std::string name, handler, state;
  std::vector<std::string> listen;
  double connections = 0, half_open = 0, accepted = 0, ended = 0, datagrams = 0;
};

struct DropReading {
  std::string reason, what;
  double count = 0;
};

struct PoolReading {
  std::string name;
  double size = 0, free = 0;
};

/// Of the last second or so, as the daemon sums it up.
struct LatencyReading {
  std::string name;
  double p50_us = 0, p99_us = 0;
};

/// Age and bytes are unknown where the daemon keeps no accounts.
struct FlowReading {
  std::string state, local, remote, service;
  int worker = 0;
  double age = 0, idle = 0, rx_bytes = 0, tx_bytes = 0, srtt_us = 0;
  [[nodiscard]] std::string key() const { return local + " " + remote; }
};

struct Reading {
  std::string version;
  bool ready = false;
  std::string unready;                  ///< why not
  double uptime = 0;                    ///< seconds
  double at = 0, workers_at = 0;        ///< when counted: seconds of the daemon's clock
  double cycles_per_second = 1;         ///< of the workers' clocks
  double connections = 0, dropped = 0;  ///< of all
  std::vector<PortReading> ports;
  std::vector<WorkerReading> workers;
  std::vector<ServiceReading> services;
  std::vector<DropReading> drops;
  std::vector<PoolReading> pools;
  std::vector<LatencyReading> latency;  ///< empty when the daemon measures none
  std::vector<std::string> warnings;
  bool has_flows = false;  ///< whether flows were asked for
  double flows_at = 0, flows_matched = 0;
  std::vector<FlowReading> flows;
};

/// The daemon's replies; `flows` is null when they were not asked for, `flows_at` is when they
/// came, on any clock, in seconds.
struct Replies {
  Json status, workers, memory, flows;
  double flows_at = 0;
};

/// Throws nlohmann's exceptions for a reply that lacks what is shown.
[[nodiscard]] Reading reading_of(const Replies& replies);

}  // namespace weir::ctl::top
