// From a reading to the text that Prometheus scrapes.
#pragma once

#include <string>
#include <vector>

#include "metrics/reading.hpp"

namespace weir {

/// Prometheus' text format 0.0.4: every family of the table, every series from the first scrape on.
/// With patterns, only the families whose names match one (`weir_tcp_*`, fnmatch(3)). Any thread.
[[nodiscard]] std::string metrics_text(const MetricsReading& reading,
                                       const std::vector<std::string>& patterns = {});

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace weir
