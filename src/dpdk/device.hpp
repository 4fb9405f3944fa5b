// One device of DPDK, probed by name and removed again; not yet a port that carries frames.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "dpdk/eal.hpp"

struct rte_device;

namespace weir {

/// What the device can be asked for.
struct DeviceLimits {
  std::uint16_t rx_queues = 1, tx_queues = 1;  ///< at most
  std::uint16_t min_mtu = 68, max_mtu = 1500;
  int numa_node = -1;     ///< -1 = unknown or none
  bool software = false;  ///< no NIC behind it: a virtual device of DPDK
  bool offloads = true;   ///< what it does for us is another's work: a NIC's, or virtio's other end
};

/// Owns the device: nobody else can probe it meanwhile. Control thread only.
class Device {
 public:
  /// Checks `device` (see doctor/devargs.hpp), probes it alone, and finds its port. The error is a
  /// sentence without the port's name.
  [[nodiscard]] static Result<Device> probe(const Eal& eal, const std::string& device);
  ~Device();
  Device(Device&& other) noexcept;
  Device& operator=(Device&&) = delete;

  [[nodiscard]] std::uint16_t port_id() const noexcept { return port_id_; }
  [[nodiscard]] const DeviceLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }  ///< "net_tap"
  [[nodiscard]] const EalLog& log() const noexcept { return *log_; }

 private:
  Device() = default;

  rte_device* device_ = nullptr;
  const EalLog* log_ = nullptr;
  std::uint16_t port_id_ = 0;
  DeviceLimits limits_;
  std::string driver_;
};

}  // namespace weir
