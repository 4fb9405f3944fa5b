// Figures: medians of repeats, Weir and its limit by turns, printed and kept for the report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace weir::bench {

/// Cycles of the time-stamp counter per unit of work.
struct Figure {
  double median = 0, least = 0, most = 0;
};
[[nodiscard]] Figure figure_of(std::vector<double> values);

/// One line of the report. What was not measured is zero.
struct Result {
  std::string name;          ///< "data -> ACK"
  std::string unit;          ///< "frame", "connection", "operation"
  std::uint32_t flows = 0;   ///< that were open
  std::uint32_t frames = 0;  ///< in use by turns
  std::uint32_t burst = 0;   ///< frames in a burst
  bool offload = false;      ///< checksums were the port's business
  Figure weir, limit;
  double ratio = 0;   ///< median over the pairs of weir / limit
  std::string other;  ///< what `limit` is, when it is not the limit loop: "rte_hash"
};

/// How often and how long; `once` for counting instructions.
struct Effort {
  unsigned repeats = 15;
  std::uint32_t work = 65536;  ///< units of work a repeat
  bool once = false;
};

void print(const Result& result);
/// All results as JSON, for the report.
[[nodiscard]] bool write_json(const std::string& path, std::span<const Result> results);

/// The result, filled in from pairs of runs: each callable does one repeat and returns its cycles a
/// unit. Two repeats warm up and are not counted.
template <class Weir, class Limit>
void measure_pairs(Result& result, const Effort& effort, Weir&& weir, Limit&& limit) {
  std::vector<double> ours, theirs, ratios;
  const unsigned warm = effort.once ? 0 : 2;
  for (unsigned i = 0; i < effort.repeats + warm; ++i) {
    const double a = weir();
    const double b = limit();
    if (i < warm) continue;
    ours.push_back(a);
    theirs.push_back(b);
    if (b != 0) ratios.push_back(a / b);
  }
  result.weir = figure_of(ours);
  result.limit = figure_of(theirs);
  if (!ratios.empty()) result.ratio = figure_of(ratios).median;
}

}  // namespace weir::bench
