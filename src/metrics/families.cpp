// Types and labels come from the table, so that a sample cannot contradict its family.
#include "metrics/families.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cassert>

#include "base/words.hpp"

namespace weir {
namespace {

bool matches(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) {
           return fnmatch(p.c_str(), name.c_str(), 0) == 0;
         });
}

prometheus::MetricType type_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return prometheus::MetricType::Counter;
    case MetricType::gauge:
      return prometheus::MetricType::Gauge;
    case MetricType::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

}  // namespace

Families::Families(const std::vector<std::string>& patterns) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const MetricText& text = kMetricTexts[i];
    Slot& slot = slots_[i];
    const auto names = split(text.labels);
    slot.labels.assign(names.begin(), names.end());
    slot.family.name = text.name;
    slot.family.help = text.help;
    slot.family.type = type_of(text.type);
    slot.wanted = matches(patterns, slot.family.name);
  }
}

prometheus::ClientMetric* Families::new_sample(Metric metric,
                                               const std::vector<std::string>& labels) {
  Slot& slot = slots_[static_cast<std::size_t>(metric)];
  assert(labels.size() == slot.labels.size());
  if (!slot.wanted) return nullptr;
  prometheus::ClientMetric& sample = slot.family.metric.emplace_back();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    sample.label.push_back({slot.labels[i], labels[i]});
  }
  return &sample;
}

void Families::add(Metric metric, const std::vector<std::string>& labels, double value) {
  assert(text_of(metric).type != MetricType::histogram);
  prometheus::ClientMetric* const sample = new_sample(metric, labels);
  if (sample == nullptr) return;
  sample->counter.value = value;  // the serializer takes the one that the family's type asks for
  sample->gauge.value = value;
}

void Families::add(Metric metric, const std::vector<std::string>& labels, const Buckets& buckets) {
  assert(text_of(metric).type == MetricType::histogram);
  prometheus::ClientMetric* const sample = new_sample(metric, labels);
  if (sample == nullptr) return;
  sample->histogram.sample_count = buckets.count;
  sample->histogram.sample_sum = buckets.sum;
  for (const auto& [border, below] : buckets.up_to) {
    sample->histogram.bucket.push_back({below, border});
  }
}

std::vector<prometheus::MetricFamily> Families::take() {
  std::vector<prometheus::MetricFamily> families;
  for (Slot& slot : slots_) {
    if (!slot.family.metric.empty()) families.push_back(std::move(slot.family));
  }
  return families;
}

}  // namespace weir
