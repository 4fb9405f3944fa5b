// Histograms as people read them.
#pragma once

#include <optional>
#include <string>

#include "ctl/show.hpp"

namespace weir::ctl {

/// A table of quantiles; when one name was asked for, bars below it. `before`: an earlier reply
/// with every worker by itself, whose values are not counted. Throws nlohmann's exceptions for a
/// reply that lacks what is shown.
[[nodiscard]] std::string show_latency(const Json& reply, const std::optional<Json>& before,
                                       const View& view);

}  // namespace weir::ctl
