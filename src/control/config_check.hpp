// What no single value can show: whether the ports and services of a configuration fit together.
#pragma once

#include <vector>

#include "control/config.hpp"
#include "control/config_layers.hpp"
#include "control/config_problem.hpp"

namespace weir {

/// `config` was read from `sections`: the i-th [port] there is config.ports[i], and the i-th text
/// of its `address` is addresses[i]. `whole` is where problems of no single section are reported.
void check_config(const Config& config, const std::vector<SectionTexts>& sections,
                  const ConfigOrigin& whole, ConfigProblems& problems);

}  // namespace weir
