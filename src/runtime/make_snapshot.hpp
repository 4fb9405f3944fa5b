// From the configuration and the open ports to what the workers read.
#pragma once

#include <vector>

#include "control/config.hpp"
#include "pipeline/snapshot.hpp"

namespace weir {

/// `ports` are the open ports' facts, in the order of the configuration's ports.
[[nodiscard]] Snapshot make_snapshot(const Config& config, const std::vector<PortInfo>& ports);
/// Tells each service at which listeners its own connections may begin.
void find_client_places(Snapshot& snapshot);

}  // namespace weir
