// What stands behind `device =`: a PCI address or DPDK's devargs, judged before DPDK sees it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "doctor/check.hpp"

namespace weir::doctor {

/// `name,key=value,…`; a PCI device's name is its address with domain, "0000:03:00.0".
struct DeviceArgs {
  bool pci = false;
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;

  [[nodiscard]] std::optional<std::string_view> value(std::string_view key) const noexcept;
  /// As DPDK wants it.
  [[nodiscard]] std::string text() const;
};

/// Reads `device`. Adds a missing PCI domain. The error is a sentence without the port's name.
[[nodiscard]] Result<DeviceArgs> parse_device(std::string_view device);

/// "net_tap" for net_tap0: librte_<driver>.so drives it; empty for a PCI device.
[[nodiscard]] std::string_view driver_of(const DeviceArgs& device) noexcept;

/// The drivers of all virtual devices, each at least once.
[[nodiscard]] std::vector<std::string_view> virtual_drivers();

/// RUN02: whether such a virtual device can exist here; nothing to say about a PCI device.
[[nodiscard]] std::optional<Finding> find_unusable_vdev(const DeviceArgs& device,
                                                        const Environment& env);

/// The first of NIC07, NIC01, NIC05, NIC03 and RUN02 that keeps the device from starting. DPDK is
/// silent about most of these mistakes. Looks at the machine, changes nothing.
[[nodiscard]] std::optional<Finding> find_unusable(const DeviceArgs& device,
                                                   const Environment& env);

}  // namespace weir::doctor
