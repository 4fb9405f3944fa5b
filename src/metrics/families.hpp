// The families while they are filled: a sample names its family and gives the values of its labels.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <string>
#include <vector>

#include "metrics/buckets.hpp"
#include "metrics/metric.hpp"

namespace weir {

class Families {
 public:
  /// Only families that match one of `patterns` are filled; without patterns, all.
  explicit Families(const std::vector<std::string>& patterns);

  /// `labels` are the values of the family's labels, in the table's order.
  void add(Metric metric, const std::vector<std::string>& labels, double value);
  void add(Metric metric, const std::vector<std::string>& labels, std::uint64_t value) {
    add(metric, labels, static_cast<double>(value));
  }

  /// Of a family that is a histogram.
  void add(Metric metric, const std::vector<std::string>& labels, const Buckets& buckets);

  /// In the table's order; those without a sample are left out.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take();

 private:
  struct Slot {
    bool wanted = true;
    std::vector<std::string> labels;  // names
    prometheus::MetricFamily family;
  };
  /// The family's new sample, its labels filled in; nullptr when nobody wants it.
  [[nodiscard]] prometheus::ClientMetric* new_sample(Metric metric,
                                                     const std::vector<std::string>& labels);

  std::array<Slot, kMetricTexts.size()> slots_;
};

}  // namespace weir
