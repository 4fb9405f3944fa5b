// The lines above the tables: is it well, how much goes through, what is lost.
#include <fmt/format.h>

#include <algorithm>

#include "ctl/top/layout.hpp"

namespace weir::ctl::top {
namespace {

constexpr double kScarcePercent = 20;  // of free buffers
constexpr std::size_t kGroupGap = 3;
constexpr std::size_t kLeastTrend = 6, kMostTrend = 60;

// Draining is what services are told; all of them make the daemon unready.
Line state_of(const Model& model) {
  const auto& services = model.last().services;
  const auto draining = std::ranges::count(services, "draining", &ServiceReading::state);
  if (!model.lost().empty()) return {Look::bad, "not connected"};
  const auto all = static_cast<std::ptrdiff_t>(services.size());
  if (draining != 0 && draining == all) return {Look::warning, "draining"};
  if (!model.last().ready) return {Look::bad, "not ready: " + model.last().unready};
  if (draining == 0) return {Look::good, "ready"};
  return {Look::warning, fmt::format("draining {} of {}", draining, all)};
}

class Head {
 public:
  Head(const Model& model, const Panel& panel, const Frame& frame, const Numbers& numbers)
      : model_(model), panel_(panel), frame_(frame), numbers_(numbers) {}

  [[nodiscard]] Line title() const {
    Line line(Look::strong, "weir " + model_.last().version);
    line.add(Look::plain, "  ").add(state_of(model_));
    line.add(Look::plain, "  up " + uptime(model_.last().uptime));
    const std::string pace = panel_.paused ? "paused" : fmt::format("every {:g} s", panel_.delay);
    if (frame_.batch) return line;
    if (line.width() + 2 + pace.size() <= frame_.width) {
      line.fill(frame_.width - pace.size(), Look::plain);
      line.add(panel_.paused ? Look::warning : Look::faint, pace);
    }
    line.cut(frame_.width);
    return line;
  }

  [[nodiscard]] Lines traffic() const {
    const Traffic& sum = model_.traffic();
    const Line rx = direction("rx", sum.rx_pps, sum.rx_bps);
    const Line tx = direction("tx", sum.tx_pps, sum.tx_bps);
    const std::size_t texts = rx.width() + tx.width() + kGroupGap + 2;
    const std::size_t room = frame_.width - std::min(frame_.width, texts);
    const std::size_t each = std::min(room / 2, kMostTrend);
    if (frame_.batch || each < kLeastTrend) return wrapped({rx, tx}, frame_.width, "   ");
    return {Line()
                .add(rx)
                .add(Look::picture, " " + sum.rx.picture(each, frame_.charset))
                .add(Look::plain, "   ")
                .add(tx)
                .add(Look::picture, " " + sum.tx.picture(each, frame_.charset))};
  }

  [[nodiscard]] Lines totals() const {
    const Traffic& sum = model_.traffic();
    Line connections(Look::plain, "conns ");
    connections.add(Look::strong, numbers_.count(model_.last().connections));
    connections.add(Look::plain, fmt::format(" +{}/s -{}/s", rate(sum.accepted), rate(sum.ended)));
    return wrapped({connections, loss("drops", sum.drops), loss("missed", sum.missed)},
                   frame_.width, "   ");
  }

  [[nodiscard]] Lines rest() const {
    Lines groups;
    for (const LatencyReading& latency : model_.last().latency) groups.push_back(of(latency));
    for (const PoolReading& pool : model_.last().pools) groups.push_back(of(pool));
    return wrapped(groups, frame_.width, "   ");
  }

 private:
  [[nodiscard]] std::string rate(double value) const {
    return known_or_dash(value, [this](double v) { return numbers_.count(v); });
  }

  // Padded, so that trends do not dance.
  [[nodiscard]] Line direction(const char* name, double pps, double bps) const {
    const std::string bits = known_or_dash(bps, [this](double v) { return numbers_.bits(v); });
    const bool pad = !frame_.batch;
    return Line(Look::plain, std::string(name) + " ")
        .add(Look::strong, fmt::format("{:>{}}", rate(pps), pad ? 5 : 0))
        .add(Look::plain, " pps ")
        .add(Look::strong, fmt::format("{:>{}}", bits, pad ? 5 : 0))
        .add(Look::plain, " b/s");
  }

  [[nodiscard]] Line loss(const char* name, double value) const {
    return Line(Look::plain, std::string(name) + " ")
        .add(value > 0 ? Look::warning : Look::strong, rate(value) + "/s");
  }

  [[nodiscard]] Line of(const LatencyReading& latency) const {
    std::string name = latency.name;
    if (name == "rx_tx") name = frame_.charset == Charset::utf8 ? "rx→tx" : "rx-tx";
    return Line(Look::plain, name + " p50 ")
        .add(Look::strong, microseconds(latency.p50_us))
        .add(Look::plain, " p99 ")
        .add(Look::strong, microseconds(latency.p99_us));
  }

  [[nodiscard]] static Line of(const PoolReading& pool) {
    const double free = pool.size > 0 ? 100 * pool.free / pool.size : 0;
    return Line(Look::plain, pool.name + " ")
        .add(free < kScarcePercent ? Look::bad : Look::strong, fmt::format("{:.0f}%", free))
        .add(Look::plain, " free");
  }

  const Model& model_;
  const Panel& panel_;
  const Frame& frame_;
  const Numbers& numbers_;
};

}  // namespace

Lines head_of(const Model& model, const Panel& panel, const Frame& frame, const Numbers& numbers,
              std::size_t most) {
  const Head head(model, panel, frame, numbers);
  Lines lines{head.title()};
  for (const Lines& group : {head.traffic(), head.totals(), head.rest()}) {
    for (const Line& line : group) {
      if (lines.size() < most) lines.push_back(line);
    }
  }
  for (Line& line : lines) line.cut(frame.width);
  return lines;
}

}  // namespace weir::ctl::top
