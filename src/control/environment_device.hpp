// A device that somebody else chose: Kubernetes' device plugins say it in an environment variable.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir {

/// What `env:NAME` stands for, or `env:NAME:2` for the second of several PCI addresses with commas
/// between them. The error begins with a verb, for "device = … ERROR".
[[nodiscard]] Result<std::string> environment_device(std::string_view text);

}  // namespace weir
