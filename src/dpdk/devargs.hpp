// What stands behind `device =`: a PCI address or DPDK's devargs, judged before DPDK sees it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace weir {

/// Where the checks look; tests look elsewhere.
struct DeviceWorld {
  std::string sys = "/sys";
  std::string tun = "/dev/net/tun";
  std::string plugins{};  ///< directory of DPDK's drivers; empty = DPDK's own
};

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

/// Whether such a device can exist here: DPDK is silent about most of these mistakes.
/// Looks at the machine, changes nothing.
[[nodiscard]] std::optional<Error> check_device(const DeviceArgs& device, const DeviceWorld& world);

}  // namespace weir
