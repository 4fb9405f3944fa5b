// A NIC on the PCI bus, read from sysfs: what it is, and who has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/check.hpp"

namespace weir::doctor {

/// "03:00.0" or "0000:03:00.0" as "0000:03:00.0"; nothing for anything else.
[[nodiscard]] std::optional<std::string> canonical_pci_address(std::string_view text);

struct Nic {
  std::string address;
  bool network = false;  ///< class 0x02xxxx
  unsigned vendor = 0, device = 0;
  std::string driver;     ///< the kernel's; empty when it has none
  std::string interface;  ///< the kernel's; empty when it has none
  std::string group;      ///< the IOMMU group's number; empty without an IOMMU
  int node = -1;          ///< NUMA node; -1 = unknown or only one

  /// "8086:159b"
  [[nodiscard]] std::string chip() const;
  /// The driver shares the NIC with the kernel, and DPDK reaches it through that driver.
  [[nodiscard]] bool bifurcated() const;
  /// The kernel has let go of it.
  [[nodiscard]] bool released() const;
};

/// Nothing when there is no such PCI device.
[[nodiscard]] std::optional<Nic> read_nic(const Environment& env, const std::string& address);
/// VFIO makes up a group where there is no IOMMU and it may do without.
[[nodiscard]] bool is_made_up_group(const Environment& env, const Nic& nic);
/// "/dev/vfio/24", by which VFIO gives the NIC's group to one process at a time; empty without one.
[[nodiscard]] std::string vfio_file(const Environment& env, const Nic& nic);
/// "driver ice, interface ens1f0"
[[nodiscard]] std::string holder_of(const Nic& nic);

// Each is one check of one device; nothing when there is nothing to say.
/// NIC01: the device exists and is a NIC.
[[nodiscard]] std::optional<Finding> find_missing_nic(const Environment& env,
                                                      const std::string& address);
/// NIC05: the chip's own driver must keep it.
[[nodiscard]] std::optional<Finding> find_wrongly_released(const Nic& nic);
/// NIC03: the kernel has let go of it. Offers no command for the NIC of a default route or of this
/// ssh session.
[[nodiscard]] std::optional<Finding> find_not_released(const Environment& env, const Nic& nic);

}  // namespace weir::doctor
