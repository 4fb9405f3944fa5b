// weir.conf(5) from the table of keys.
#pragma once

#include <string>

namespace weir {

/// The manual page in mdoc(7).
[[nodiscard]] std::string config_manual();

}  // namespace weir
