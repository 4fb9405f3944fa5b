// What became of the load: a line a second, and the summary for people or programs.
#pragma once

#include <string>
#include <vector>

#include "load/counters.hpp"
#include "load/plan.hpp"
#include "pipeline/counters.hpp"

namespace weir::load {

/// All workers' counters at one moment.
struct LoadReading {
  std::uint64_t opening = 0, open = 0, opened = 0, refused = 0, unanswered = 0, closed = 0,
                lost = 0, no_tuple = 0;
  std::uint64_t requests = 0, answers = 0, failed = 0, bad_status = 0, wrong = 0, text_in = 0,
                text_out = 0;
  std::uint64_t in_flight = 0, behind = 0;
  std::uint64_t sent = 0, timed_out = 0, late = 0;
  HistogramReading handshake, answer;

  // Of the stack below.
  std::uint64_t rx_packets = 0, tx_packets = 0, rx_bytes = 0, tx_bytes = 0;
  std::uint64_t segments_again = 0, timeouts = 0, segments_in = 0;
  std::vector<std::pair<std::string, std::uint64_t>> dropped;

  void add(const LoadCounters& counters);
  void add(const WorkerCounters& counters);
  /// Nothing went wrong that the server or the network answers for.
  [[nodiscard]] bool is_clean(Mode mode) const noexcept;
};

/// "   3 s  ..."; both readings are cumulative, `seconds` lie between them.
[[nodiscard]] std::string progress_line(const LoadPlan& plan, double at, double seconds,
                                        const LoadReading& before, const LoadReading& now);
/// `at_end`: when the time was over, before connections were closed.
[[nodiscard]] std::string summary_text(const LoadPlan& plan, double seconds, std::size_t workers,
                                       const LoadReading& at_end, const LoadReading& all);
[[nodiscard]] std::string summary_json(const LoadPlan& plan, double seconds, std::size_t workers,
                                       const LoadReading& at_end, const LoadReading& all);

}  // namespace weir::load
