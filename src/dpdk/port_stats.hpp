// A port's counters and cable, as its driver tells them.
#pragma once

#include <cstdint>

#include "port/port.hpp"

namespace weir {

/// Any thread; all zeros when the driver does not answer.
[[nodiscard]] PortStats read_port_stats(std::uint16_t port_id) noexcept;
/// Does not wait for a link that comes up.
[[nodiscard]] LinkState read_link(std::uint16_t port_id) noexcept;

}  // namespace weir
