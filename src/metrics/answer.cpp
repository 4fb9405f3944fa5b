// Plain text for probes, and a page for people.
#include "metrics/answer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "metrics/render.hpp"
#include "service/http/status_page.hpp"

namespace weir {
namespace {

constexpr std::string_view kPaths[] = {"/", "/status.json", "/metrics", "/healthz", "/readyz"};

MetricsAnswer plain(unsigned status, std::string_view line) {
  return {status, "text/plain; charset=utf-8", std::string(line) + "\n"};
}

MetricsAnswer status_json(const MetricsReading& reading) {
  if (reading.status == nullptr) return plain(503, "there are no numbers yet");
  return {200, "application/json", *reading.status};
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
  if (std::ranges::find(kPaths, path) == std::end(kPaths)) {
    return plain(404, "there are /, /status.json, /metrics, /healthz and /readyz");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return plain(405, "accepted: GET and HEAD");
  }
  // The page says by itself when there are no numbers.
  if (path == "/") {
    return {200, "text/html; charset=utf-8", std::string(kStatusPage),
            std::string(kStatusPagePolicy)};
  }
  // What changes meanwhile is in no reading, so that only the probes are answered.
  const bool probe = path == "/healthz" || path == "/readyz";
  const bool excused = probe && now < reading.excused_until;
  if (const std::string late = why_late(reading, now); !late.empty() && !excused) {
    return plain(503, late);
  }
  if (path == "/metrics") return {200, kMetricsType, metrics_text(reading, request.patterns)};
  if (path == "/status.json") return status_json(reading);
  if (!reading.unwell.empty()) return plain(503, reading.unwell);
  if (path == "/readyz" && !reading.unready.empty()) return plain(503, reading.unready);
  return plain(200, "ok");
}

}  // namespace weir
