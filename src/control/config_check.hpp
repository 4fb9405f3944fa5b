// What no single value can show: whether the ports and services of a configuration fit together.
#pragma once

#include <vector>

#include "control/config.hpp"
#include "control/config_layers.hpp"
#include "control/config_problem.hpp"

namespace weir {

/// A port and a service are the least that weir can run with. `whole` is where their absence is
/// reported.
void check_presence(const Config& config, const ConfigOrigin& whole, ConfigProblems& problems);

/// `config` was read from `sections`: the i-th [port] there is config.ports[i], and the i-th text
/// of its `address` is addresses[i].
void check_config(const Config& config, const std::vector<SectionTexts>& sections,
                  ConfigProblems& problems);

}  // namespace weir
