// A NIC on the PCI bus, read from sysfs: whether it is there, and whether the kernel has let go of
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir {

/// "03:00.0" or "0000:03:00.0" as "0000:03:00.0"; nothing for anything else.
[[nodiscard]] std::optional<std::string> canonical_pci_address(std::string_view text);

/// Whether DPDK may have the device; else what to do about it, or which other NICs there are.
[[nodiscard]] std::optional<Error> check_pci_device(const std::string& address,
                                                    const std::string& sys);

}  // namespace weir
