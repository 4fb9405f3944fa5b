// Here, so that who includes the header needs no renderer.
#include "metrics/metrics.hpp"

#include "metrics/render.hpp"

namespace weir {

std::string Metrics::text() { return metrics_text(*take()); }

}  // namespace weir
