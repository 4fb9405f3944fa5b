// What is timed, by name: read from outside, without asking the workers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.hpp"
#include "control/engine_view.hpp"

namespace weir {

/// What a name means. Those of workers come first.
struct HistogramKind {
  std::string_view name;
  std::string_view unit;                               ///< "ns", or what is counted
  Histogram WorkerCounters::*of_worker = nullptr;      ///< either this one
  Histogram ServiceHistograms::*of_service = nullptr;  ///< or this one
};
[[nodiscard]] std::span<const HistogramKind> histogram_kinds() noexcept;

struct NamedHistogram {
  const HistogramKind* kind = nullptr;
  std::string service;                  ///< of a service's; else empty
  std::optional<std::uint16_t> worker;  ///< of one worker's; else of all of them
  HistogramReading reading;
};

/// All of them, or those of one name. With `by_worker` those of workers one by one, else their sum.
/// Services that listen for TCP have some; a service that a reload took away and its successor of
/// the same name are one.
[[nodiscard]] std::vector<NamedHistogram> read_histograms(const EngineView& engine,
                                                          std::string_view name, bool by_worker);

/// The workers together, and all services: what a page with one line for it shows.
struct TimesReading {
  HistogramReading handshake, request, rx_tx, loop;

  [[nodiscard]] TimesReading since(const TimesReading& before) const;
};

/// The last ten seconds of that. Control's thread.
class RecentTimes {
 public:
  static constexpr std::size_t kSeconds = 10;

  /// Call it about once a second.
  void sample(const EngineView& engine);
  /// Since ten samples ago, or since the start.
  [[nodiscard]] TimesReading recent() const;

 private:
  std::deque<TimesReading> samples_;  // oldest first, one more than intervals
};

}  // namespace weir
