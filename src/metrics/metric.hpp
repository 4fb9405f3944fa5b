// The metric families, made from one table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// A family's place in the table.
enum class Metric : std::uint8_t {
#define WEIR_METRIC(id, name, type, labels, help) id,
#include "metrics/metrics.def"
#undef WEIR_METRIC
};

struct MetricText {
  std::string_view name;
  MetricType type;
  std::string_view labels;  ///< names with blanks between; may be empty
  std::string_view help;
};
inline constexpr auto kMetricTexts = std::to_array<MetricText>({
#define WEIR_METRIC(id, name, type, labels, help) {name, MetricType::type, labels, help},
#include "metrics/metrics.def"
#undef WEIR_METRIC
});

[[nodiscard]] constexpr std::string_view to_string(MetricType type) noexcept {
  constexpr std::string_view kNames[] = {"counter", "gauge", "histogram"};
  return kNames[static_cast<std::size_t>(type)];
}

[[nodiscard]] constexpr const MetricText& text_of(Metric metric) noexcept {
  return kMetricTexts[static_cast<std::size_t>(metric)];
}

}  // namespace weir
