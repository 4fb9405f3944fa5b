// How often an event may be told, and how often it was not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/token_bucket.hpp"
#include "control/log_event.hpp"

namespace weir {

/// Not shared between threads. Time is an argument.
class LogLimiter {
 public:
  LogLimiter() {
    for (const LogEventText& event : kLogEvents) {
      places_[static_cast<std::size_t>(&event - kLogEvents.data())].bucket =
          TokenBucket(event.per_second, event.per_second);
    }
  }

  /// Nothing: the line is not to be written, and is counted. Else how many were not written since
  /// the last one that was.
  [[nodiscard]] std::optional<std::uint64_t> admit(LogEvent event, Instant now) {
    Place& place = places_[index(event)];
    if (text(event).per_second == 0) return 0;
    if (place.bucket.take(now)) return std::exchange(place.suppressed, 0);
    ++place.suppressed;
    return std::nullopt;
  }

  struct Debt {
    LogEvent event;
    std::uint64_t suppressed;
  };
  /// What is to be told of events that came too often and then no more.
  [[nodiscard]] std::vector<Debt> settle(Instant now) {
    std::vector<Debt> debts;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Place& place = places_[i];
      if (place.suppressed == 0 || !place.bucket.take(now)) continue;
      debts.push_back({static_cast<LogEvent>(i), std::exchange(place.suppressed, 0)});
    }
    return debts;
  }

 private:
  struct Place {
    TokenBucket bucket;
    std::uint64_t suppressed = 0;
  };
  std::array<Place, kLogEvents.size()> places_;
};

}  // namespace weir
