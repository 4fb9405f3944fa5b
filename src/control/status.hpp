// The state of the whole on one page: what `weirctl status` and the HTTP status page show.
#pragma once

#include <string>
#include <vector>

#include "control/commands.hpp"
#include "control/stats_reading.hpp"

namespace weir {

/// "weir.status.v1" as docs/control.md describes it, from the given readings.
[[nodiscard]] Json status_of(const ControlState& state, const std::vector<WorkerReading>& workers);

/// The text of /status.json: the same from readings taken without asking the workers.
[[nodiscard]] std::string status_json(const ControlState& state);

/// A reload took the service away, and it has no connection left.
[[nodiscard]] bool is_over(const ServiceLimits& service, const ServiceReading& reading) noexcept;
/// "serving", "draining", or "retiring" for what a reload took away.
[[nodiscard]] std::string_view state_name(const ServiceLimits& service) noexcept;

/// "192.0.2.1:80/tcp" for each listener of a service.
[[nodiscard]] std::vector<std::string> listens_of(const Snapshot& snapshot, std::size_t service);

}  // namespace weir
