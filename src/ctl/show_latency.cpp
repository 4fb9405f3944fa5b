#include "ctl/show_latency.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/histogram.hpp"

namespace weir::ctl {
namespace {

constexpr double kShares[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
constexpr std::size_t kBarWidth = 40;

void add_buckets(HistogramReading& to, const Json& histogram) {
  for (const Json& bucket : histogram.at("buckets")) {
    to.add(HistogramScale::cell_of(bucket.at(0).get<std::uint64_t>()),
           bucket.at(1).get<std::uint64_t>());
  }
  to.add_sum(histogram.at("sum").get<std::uint64_t>());
}

bool is_part_of(const Json& part, const Json& whole) {
  const auto same = [&](const char* key) {
    return part.value(key, Json()) == whole.value(key, Json());
  };
  return same("name") && same("service") && (!whole.contains("worker") || same("worker"));
}

HistogramReading reading_of(const Json& histogram, const std::optional<Json>& before) {
  HistogramReading now;
  add_buckets(now, histogram);
  if (!before) return now;
  HistogramReading then;
  for (const Json& part : before->at("histograms")) {
    if (is_part_of(part, histogram)) add_buckets(then, part);
  }
  return now.since(then);
}

/// A value in its unit: "812ns", "9.1us", "50ms", "32".
class Unit {
 public:
  Unit(const Json& histogram, const View& view)
      : view_(view), time_(word(histogram, "unit") == "ns") {}
  [[nodiscard]] std::string text(std::uint64_t value) const {
    const auto number = static_cast<double>(value);
    if (!time_ || view_.invocation.has("numeric")) return view_.numbers.count(number);
    if (value < 1000) return fmt::format("{}ns", value);
    if (value < 10'000) return fmt::format("{:.1f}us", number / 1000);
    return microseconds(number / 1000);
  }

 private:
  const View& view_;
  bool time_;
};

std::string whose(const Json& histogram) {
  if (histogram.contains("service")) return safe(word(histogram, "service"));
  if (histogram.contains("worker"))
    return fmt::format("worker {:.0f}", number(histogram, "worker"));
  return "all workers";
}

void add_row(Table& table, const Json& histogram, const HistogramReading& reading,
             const View& view) {
  const Unit unit(histogram, view);
  std::vector<std::string> cells{safe(word(histogram, "name")), whose(histogram),
                                 view.numbers.count(static_cast<double>(reading.count()))};
  for (const double share : kShares) {
    cells.push_back(reading.count() != 0 ? unit.text(reading.quantile(share)) : "-");
  }
  cells.push_back(reading.count() != 0 ? unit.text(reading.max()) : "none yet");
  table.row(std::move(cells));
}

// 1, 2, 5, 10, 20 …: borders that people can read.
std::uint64_t next_border(std::uint64_t border) {
  std::uint64_t power = 1;
  while (power * 10 <= border) power *= 10;
  return border / power == 2 ? power * 5 : border * 2;
}

struct Bar {
  std::uint64_t border, count;
};

// From the first that holds something to the last.
std::vector<Bar> bars_of(const HistogramReading& reading) {
  std::vector<Bar> bars;
  std::uint64_t border = 1;
  for (std::size_t cell = 0; cell < reading.cells().size(); ++cell) {
    const std::uint64_t count = reading.cells()[cell];
    if (count == 0) continue;
    while (border < HistogramScale::end_of(cell)) {
      border = next_border(border);
      if (!bars.empty()) bars.push_back({border, 0});
    }
    if (bars.empty()) bars.push_back({border, 0});
    bars.back().count += count;
  }
  return bars;
}

std::string bar_text(std::uint64_t count, std::uint64_t most, const View& view) {
  const auto full =
      static_cast<std::size_t>(static_cast<double>(count) * kBarWidth / static_cast<double>(most));
  std::string text;
  for (std::size_t i = 0; i < std::max<std::size_t>(full, count != 0); ++i) {
    text += view.terminal ? "▇" : "#";
  }
  return text;
}

std::string show_bars(const Json& histogram, const HistogramReading& reading, const View& view) {
  const Unit unit(histogram, view);
  const std::vector<Bar> bars = bars_of(reading);
  if (bars.empty()) return "";
  const std::uint64_t most = std::ranges::max(bars, {}, &Bar::count).count;
  Table table({">UP TO", ">COUNT", ">SHARE", whose(histogram)});
  for (const Bar& bar : bars) {
    const double share =
        100 * static_cast<double>(bar.count) / static_cast<double>(reading.count());
    table.row({unit.text(bar.border), view.numbers.count(static_cast<double>(bar.count)),
               fmt::format("{:.1f}%", share), bar_text(bar.count, most, view)});
  }
  return "\n" + table.text(view.colour);
}

}  // namespace

std::string show_latency(const Json& reply, const std::optional<Json>& before, const View& view) {
  Table table({"NAME", "OF", ">COUNT", ">P50", ">P90", ">P99", ">P99.9", ">P99.99", ">MAX"});
  std::string bars;
  for (const Json& histogram : reply.at("histograms")) {
    const HistogramReading reading = reading_of(histogram, before);
    add_row(table, histogram, reading, view);
    if (!view.invocation.operands.empty()) bars += show_bars(histogram, reading, view);
  }
  std::string text = table.text(view.colour) + bars;
  if (before) {
    const double seconds = number(reply, "uptime_s") - number(*before, "uptime_s");
    text += fmt::format("counted since --reset, {} ago; --absolute shows all\n",
                        age(std::max(seconds, 0.0)));
  }
  return text;
}

}  // namespace weir::ctl
