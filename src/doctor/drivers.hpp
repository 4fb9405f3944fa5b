// DPDK's drivers as files: Debian has a package for each and installs few of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/check.hpp"

namespace weir::doctor {

/// "net_ice" for 8086:159b, from the table of common NICs; empty when it is not in there.
[[nodiscard]] std::string_view common_driver_of(unsigned vendor, unsigned device) noexcept;
/// The installed network driver that knows the chip, from what the drivers say of themselves; empty
/// when none does. Reads all of them: slow.
[[nodiscard]] std::string installed_driver_of(const Environment& env, unsigned vendor,
                                              unsigned device);

/// Those of the table, each at least once.
[[nodiscard]] std::vector<std::string_view> common_drivers();

/// "librte-net-ice23" for "net_ice".
[[nodiscard]] std::string package_of(std::string_view driver);

/// NIC07: librte_<driver>.so is there; nothing to say when it is.
[[nodiscard]] std::optional<Finding> find_missing_plugin(std::string_view driver,
                                                         const Environment& env);
/// Where DPDK looks for drivers.
[[nodiscard]] std::string_view plugin_directory() noexcept;

}  // namespace weir::doctor
