// Rates: a ring of readings, one a second, for the last minute.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "control/engine_view.hpp"

namespace weir {

/// What a worker did in the last second.
struct WorkerRate {
  double busy_percent = 0;   ///< of the wall time
  double sleep_percent = 0;  ///< of the wall time; the rest is polling for nothing
  double cycles_per_packet = 0;
  double packets_per_second = 0;  ///< frames that got a verdict here
};

struct PortRate {
  double rx_pps = 0, tx_pps = 0, rx_bps = 0, tx_bps = 0;  ///< bits per second
  double missed = 0;                                      ///< frames per second
};

struct ServiceRate {
  double accepted = 0, datagrams = 0;  ///< per second
};

/// Control's thread. Rates are zero until two samples exist.
class StatsSampler {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Call it about once a second.
  void sample(const EngineView& engine, Time now);

  [[nodiscard]] WorkerRate worker(std::uint16_t worker, double cycles_per_second) const;
  [[nodiscard]] PortRate port(std::size_t port) const;
  [[nodiscard]] ServiceRate service(std::size_t service) const;
  /// Frames per second dropped for a reason, over the last second and over the last minute.
  [[nodiscard]] double drops_last_second(Drop reason) const;
  [[nodiscard]] double drops_last_minute(Drop reason) const;
  /// Seconds since a sample at which a port had received more than before; none: it never did.
  [[nodiscard]] std::optional<double> port_quiet_for(std::size_t port, Time now) const;
  /// The fewest free buffers that any sample saw; none before the first.
  [[nodiscard]] std::optional<std::uint32_t> pool_low(std::size_t pool) const;

 private:
  struct WorkerSample {
    std::uint64_t received, busy_cycles, total_cycles, sleep_cycles;
  };
  struct ServiceSample {
    std::uint64_t accepted = 0, datagrams = 0;
  };
  struct Sample {
    Time at;
    std::vector<WorkerSample> workers;
    std::vector<PortStats> ports;
    std::array<ServiceSample, kMaxServices> services{};
    std::array<std::uint64_t, kDropCount> dropped{};
  };

  [[nodiscard]] bool has_rates() const noexcept { return samples_.size() >= 2; }
  [[nodiscard]] const Sample& last() const noexcept { return samples_.back(); }
  [[nodiscard]] const Sample& before() const noexcept { return samples_[samples_.size() - 2]; }
  [[nodiscard]] static double per_second(std::uint64_t from, std::uint64_t to, const Sample& first,
                                         const Sample& second);

  void note_traffic(const Sample& sample);
  void note_pools(const EngineView& engine);

  std::vector<std::optional<Time>> last_traffic_;  // by port
  std::vector<std::uint32_t> pool_lows_;
  std::deque<Sample> samples_;  // oldest first, at most a minute
};

}  // namespace weir
