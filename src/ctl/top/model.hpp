// What top knows: the last reading, the rates between the last two, and how they went before that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/top/reading.hpp"
#include "ctl/top/trend.hpp"
#include "ctl/top/unknown.hpp"

namespace weir::ctl::top {

// Rates are by the second, and unknown until there are two readings.

struct PortRow {
  PortReading now;
  double rx_pps = kUnknown, rx_bps = kUnknown, tx_pps = kUnknown, tx_bps = kUnknown;
  double missed = kUnknown;
  Trend trend{};  ///< of rx_pps and tx_pps together
  [[nodiscard]] const std::string& key() const noexcept { return now.name; }
};

struct WorkerRow {
  WorkerReading now;
  double busy = kUnknown;     ///< per cent of the wall time
  double packets = kUnknown;  ///< frames that got a verdict
  double cycles = kUnknown;   ///< of rounds with work, by such a frame
  double burst = kUnknown;    ///< frames by a receive call that brought some
  double handoff = kUnknown;  ///< per cent of frames that another worker received
  Trend trend{};              ///< of busy
  [[nodiscard]] int key() const noexcept { return now.worker; }
};

struct ServiceRow {
  ServiceReading now;
  double accepted = kUnknown, ended = kUnknown, datagrams = kUnknown;
  Trend trend{};  ///< of accepted and datagrams together
  [[nodiscard]] const std::string& key() const noexcept { return now.name; }
};

struct DropRow {
  DropReading now;
  double rate = kUnknown;
  Trend trend{};
  [[nodiscard]] const std::string& key() const noexcept { return now.reason; }
};

struct FlowRow {
  FlowReading now;
  double rate = kUnknown;  ///< bytes both ways
  [[nodiscard]] std::string key() const { return now.key(); }
};

/// All ports, services and workers together.
struct Traffic {
  double rx_pps = kUnknown, rx_bps = kUnknown, tx_pps = kUnknown, tx_bps = kUnknown;
  double missed = kUnknown, accepted = kUnknown, ended = kUnknown, drops = kUnknown;
  Trend rx{}, tx{};
};

class Model {
 public:
  /// A daemon that began anew begins anew here as well.
  void take(Reading reading);
  /// No reading could be had; the sentence says why. What was read stays.
  void lose(std::string why) { lost_ = std::move(why); }

  [[nodiscard]] bool empty() const noexcept { return !last_; }
  [[nodiscard]] bool has_rates() const noexcept { return is_known(traffic_.drops); }
  [[nodiscard]] const Reading& last() const noexcept { return *last_; }  ///< not when empty
  [[nodiscard]] const std::string& lost() const noexcept { return lost_; }
  [[nodiscard]] double seconds() const noexcept { return seconds_; }  ///< between the last two

  [[nodiscard]] const Traffic& traffic() const noexcept { return traffic_; }
  [[nodiscard]] const std::vector<PortRow>& ports() const noexcept { return ports_; }
  [[nodiscard]] const std::vector<WorkerRow>& workers() const noexcept { return workers_; }
  [[nodiscard]] const std::vector<ServiceRow>& services() const noexcept { return services_; }
  [[nodiscard]] const std::vector<DropRow>& drops() const noexcept { return drops_; }
  [[nodiscard]] const std::vector<FlowRow>& flows() const noexcept { return flows_; }
  /// The workers as if they were one.
  [[nodiscard]] const WorkerRow& all_workers() const noexcept { return all_workers_; }

 private:
  void take_ports(const Reading& reading);
  void take_workers(const Reading& reading);
  void take_services(const Reading& reading);
  void take_drops(const Reading& reading);
  void take_flows(const Reading& reading);
  void sum_up(const Reading& reading);

  std::optional<Reading> last_;
  std::string lost_;
  double seconds_ = kUnknown;
  Traffic traffic_;
  std::vector<PortRow> ports_;
  std::vector<WorkerRow> workers_;
  WorkerRow all_workers_;
  std::vector<ServiceRow> services_;
  std::vector<DropRow> drops_;
  std::vector<FlowRow> flows_;
  double flows_at_ = kUnknown;
};

}  // namespace weir::ctl::top
