// What is answered to a request: everything of the listener that needs no socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/reading.hpp"

namespace weir {

struct MetricsRequest {
  std::string_view method, path;      ///< "GET", "/metrics"
  std::vector<std::string> patterns;  ///< the values of name[]
};

struct MetricsAnswer {
  unsigned status = 200;
  std::string type;
  std::string body;
  std::string policy{};  ///< Content-Security-Policy, of a page
};

/// The control thread takes a reading each second; after so long without one it is thought to hang,
/// and /metrics would tell what is no more. Unless it said that something takes long
/// (Metrics::excuse_until): then /healthz and /readyz go on with the last reading.
inline constexpr auto kControlPatience = std::chrono::seconds(10);

/// /metrics, /healthz, /readyz, and the status page with its /status.json, by GET and HEAD; a
/// reason is one line. Any thread.
[[nodiscard]] MetricsAnswer answer_to(const MetricsRequest& request, const MetricsReading& reading,
                                      MetricsReading::Time now);

}  // namespace weir
