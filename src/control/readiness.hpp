// Whether clients can reach the services, and if not, why: what /readyz and the status say.
#pragma once

#include <string>

#include "control/engine_view.hpp"

namespace weir {

/// Empty when each service has a listener on an address that is in use, at a port that has a link;
/// else a sentence about the first service that has none. Control's thread.
[[nodiscard]] std::string why_not_ready(const EngineView& engine);

}  // namespace weir
