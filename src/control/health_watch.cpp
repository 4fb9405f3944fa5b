#include "control/health_watch.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::uint32_t kStuck = 3;  // seconds
// Percent of a pool's buffers: apart, so that a pool at the edge is told of once.
constexpr std::uint64_t kLow = 10, kEnough = 20;

}  // namespace

HealthWatch::HealthWatch(const EngineView& engine, Log& log)
    : engine_(engine),
      log_(log),
      pulse_(engine),
      link_up_(engine.port_count()),
      low_(engine.pools().size()),
      seconds_still_(engine.worker_count()) {}

void HealthWatch::every_second() {
  look_at_links();
  look_at_pools();
  look_at_workers();
}

void HealthWatch::look_at_links() {
  for (std::size_t port = 0; port < link_up_.size(); ++port) {
    const LinkState link = engine_.port_link(port);
    if (link_up_[port] == link.up) continue;
    link_up_[port] = link.up;
    LogFields fields{{"port", engine_.snapshot().ports[port].info.name}};
    if (link.up && link.megabits != 0) {
      fields.emplace_back("megabits", link.megabits);
      fields.emplace_back("duplex", link.full_duplex ? "full" : "half");
    }
    log_.write(link.up ? LogEvent::port_up : LogEvent::port_down, std::move(fields));
  }
}

void HealthWatch::look_at_pools() {
  const std::vector<PoolState> pools = engine_.pools();
  for (std::size_t i = 0; i < std::min(pools.size(), low_.size()); ++i) {
    const std::uint64_t percent = std::uint64_t{pools[i].free} * 100 / std::max(pools[i].size, 1U);
    const bool low = percent < (low_[i] ? kEnough : kLow);
    if (low == low_[i]) continue;
    low_[i] = low;
    log_.write(low ? LogEvent::mbuf_low : LogEvent::mbuf_ok,
               {{"pool", pools[i].name}, {"free_percent", percent}});
  }
}

void HealthWatch::look_at_workers() {
  const std::vector<std::uint16_t> still = pulse_.look();
  for (std::uint16_t w = 0; w < seconds_still_.size(); ++w) {
    std::uint32_t& seconds = seconds_still_[w];
    const LogFields which{{"worker", w}, {"cpu", engine_.cpu(w)}};
    if (std::find(still.begin(), still.end(), w) != still.end()) {
      if (++seconds == kStuck) log_.write(LogEvent::worker_stuck, which);
      continue;
    }
    if (seconds >= kStuck) log_.write(LogEvent::worker_moves, which);
    seconds = 0;
  }
}

}  // namespace weir
