// Plain text, for people and for probes.
#include "metrics/answer.hpp"

#include <fmt/format.h>

#include "metrics/render.hpp"

namespace weir {
namespace {

MetricsAnswer plain(unsigned status, std::string_view line) {
  return {status, "text/plain; charset=utf-8", std::string(line) + "\n"};
}

std::string why_late(const MetricsReading& reading, MetricsReading::Time now) {
  const auto late = now - reading.taken;
  if (late <= kControlPatience) return "";
  return fmt::format("the control thread has said nothing for {} s",
                     std::chrono::duration_cast<std::chrono::seconds>(late).count());
}

}  // namespace

MetricsAnswer answer_to(const MetricsRequest& request, const MetricsReading& reading,
                        MetricsReading::Time now) {
  const std::string_view path = request.path;
  if (path != "/metrics" && path != "/healthz" && path != "/readyz") {
    return plain(404, "there are /metrics, /healthz and /readyz");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return plain(405, "accepted: GET and HEAD");
  }
  if (const std::string late = why_late(reading, now); !late.empty()) return plain(503, late);
  if (path == "/metrics") return {200, kMetricsType, metrics_text(reading, request.patterns)};
  if (!reading.unwell.empty()) return plain(503, reading.unwell);
  if (path == "/readyz" && !reading.unready.empty()) return plain(503, reading.unready);
  return plain(200, "ok");
}

}  // namespace weir
