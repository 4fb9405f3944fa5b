// All that the listener tells, as it is at one moment: taken by the control thread, then immutable.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/commands.hpp"
#include "control/kernel_pages.hpp"
#include "control/log.hpp"
#include "control/stats_reading.hpp"
#include "control/worker_pulse.hpp"
#include "metrics/buckets.hpp"
#include "metrics/process.hpp"

namespace weir {

struct MetricsReading {
  using Time = std::chrono::steady_clock::time_point;
  struct Port {
    std::string name;
    PortStats stats;
    LinkState link;
  };
  struct Service {
    std::string name;
    bool tcp = false, udp = false;  ///< what it listens for
    ServiceReading counts;
    Buckets handshake, rtt, request;      ///< of one that listens for TCP
    std::vector<std::string> counters{};  ///< names of counts.own
  };
  struct Worker {
    unsigned cpu = 0;
    WorkerReading counts;
    std::uint64_t poll_cycles = 0;  ///< awake without work; never goes back
    Buckets loop, rx_burst;
  };
  struct Pool {
    PoolState state;
    std::uint32_t free_min = 0;
  };

  Time taken{};
  Time excused_until{};  ///< the control thread does something long, and does not hang
  std::string version, dpdk_version;
  double started = 0, loaded = 0;  ///< Unix time in seconds
  bool config_drift = false, reload_good = true;
  std::string unready;  ///< why not ready, in a sentence; empty: ready
  std::string unwell;   ///< which worker stands still, in a sentence; empty: none
  LogCounts log;
  double cycles_per_second = 1;
  std::uint64_t max_flows = 0;  ///< per worker
  std::vector<Port> ports;
  std::vector<Service> services;
  std::vector<Worker> workers;
  std::vector<Pool> pools;
  ReadAheadState read_ahead;
  std::vector<HugePagesOfNode> huge_pages;
  /// By port and state; each pair is there, if only with zero.
  std::map<std::pair<std::string, std::string>, std::uint64_t> neighbours;
  ProcessReading process;
  std::shared_ptr<const std::string> status;  ///< the text of /status.json; null: none yet

  /// The workers together.
  [[nodiscard]] WorkerReading sum() const noexcept;
};

/// Takes readings, and remembers what one reading alone cannot tell. Workers are read from outside,
/// so that a reading costs them nothing. Control's thread.
class MetricsCollector {
 public:
  using Time = MetricsReading::Time;
  /// A worker that made no round for so long stands still; an idle one makes ten a second.
  static constexpr auto kStandstill = std::chrono::seconds(5);
  static constexpr auto kDriftPeriod = std::chrono::minutes(1);

  struct Sources {
    std::function<LogCounts()> log;
    std::function<bool()> config_differs;
    std::function<bool()> reload_good = [] { return true; };
    std::function<std::shared_ptr<const std::string>()> status = [] { return nullptr; };
  };
  /// `engine` and `facts` outlive the collector.
  MetricsCollector(EngineView& engine, const ControlFacts& facts, Sources sources);

  [[nodiscard]] std::shared_ptr<const MetricsReading> take(Time now);

 private:
  struct Memory {
    std::uint64_t poll_cycles = 0;
    std::optional<Time> moved;
  };

  void read_workers_into(MetricsReading& reading);
  void read_services_into(MetricsReading& reading) const;
  void read_times_into(MetricsReading& reading) const;
  void read_pools_into(MetricsReading& reading);
  [[nodiscard]] bool drifted(Time now);

  EngineView& engine_;
  const ControlFacts& facts_;
  Sources sources_;
  MetricsReading constant_;  // what does not change
  WorkerPulse pulse_;
  std::vector<Memory> workers_;
  std::map<std::string, std::uint32_t> free_min_;
  std::optional<Time> drift_checked_;
  bool drift_ = false;
};

}  // namespace weir
