#include "ctl/top/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/show.hpp"

namespace weir::ctl::top {
namespace {

constexpr auto kLeft = Column::left, kRight = Column::right;
constexpr std::size_t kLeastTrend = 8;
// Per cent of busy; a worker is hot where the alert WeirWorkerSaturated begins.
constexpr double kHot = 85, kWarm = 70;

// Pointers, the largest first by what the order names; equal ones stay as the daemon lists them.
template <class Row, class Value>
void largest_first(std::vector<const Row*>& rows, Value&& value) {
  const auto rank = [&](const Row* row) {
    const double v = value(*row);
    return is_known(v) ? v : -1.0;
  };
  std::ranges::stable_sort(rows, [&](const Row* a, const Row* b) { return rank(a) > rank(b); });
}

template <class Row>
std::vector<const Row*> pointers(const std::vector<Row>& rows) {
  std::vector<const Row*> list;
  for (const Row& row : rows) list.push_back(&row);
  return list;
}

class Tables {
 public:
  Tables(const Model& model, const Panel& panel, const Numbers& numbers)
      : model_(model), panel_(panel), numbers_(numbers) {}

  [[nodiscard]] Grid workers() const;
  [[nodiscard]] Grid services() const;
  [[nodiscard]] Grid drops() const;
  [[nodiscard]] Grid ports() const;
  [[nodiscard]] Grid flows() const;

 private:
  [[nodiscard]] std::string count(double value) const {
    return known_or_dash(value, [this](double v) { return numbers_.count(v); });
  }
  [[nodiscard]] std::string bytes(double value) const {
    return known_or_dash(value, [this](double v) { return numbers_.bytes(v); });
  }
  [[nodiscard]] std::string bits(double value) const {
    return known_or_dash(value, [this](double v) { return numbers_.bits(v); });
  }
  static std::string percent(double value, int digits) {
    return known_or_dash(value, [digits](double v) { return fmt::format("{:.{}f}%", v, digits); });
  }
  void worker(Grid& grid, const std::string& name, const std::string& cpu,
              const WorkerRow& row) const;

  const Model& model_;
  const Panel& panel_;
  const Numbers& numbers_;
};

Look look_of_busy(double busy) {
  return busy >= kHot ? Look::bad : busy >= kWarm ? Look::warning : Look::plain;
}
// Zero is what one hopes for; anything else is worth a colour.
Look look_of_loss(double rate) { return rate > 0 ? Look::warning : Look::plain; }

void Tables::worker(Grid& grid, const std::string& name, const std::string& cpu,
                    const WorkerRow& row) const {
  grid.row({name,
            cpu,
            {percent(row.busy, 0), look_of_busy(row.busy)},
            count(row.packets),
            count(row.cycles),
            known_or_dash(row.burst, [](double v) { return fmt::format("{:.1f}", v); }),
            percent(row.handoff, 1),
            count(row.now.flows)},
           &row.trend, 100);
}

Grid Tables::workers() const {
  Grid grid({{"WORKER", kRight},
             {"CPU", kRight, 5},
             {"BUSY", kRight},
             {"TREND", kLeft, 1, kLeastTrend, true},
             {"PPS", kRight},
             {"CYC/PKT", kRight, 2},
             {"BURST", kRight, 4},
             {"HANDOFF", kRight, 3},
             {"FLOWS", kRight}});
  if (panel_.summed) {
    worker(grid, "all", fmt::format("{}", model_.workers().size()), model_.all_workers());
    return grid;
  }
  auto rows = pointers(model_.workers());
  const auto order = panel_.order_of(Table::workers);
  if (order == "BUSY") largest_first(rows, [](const WorkerRow& row) { return row.busy; });
  if (order == "PPS") largest_first(rows, [](const WorkerRow& row) { return row.packets; });
  if (order == "FLOWS") largest_first(rows, [](const WorkerRow& row) { return row.now.flows; });
  for (const WorkerRow* row : rows) {
    worker(grid, fmt::format("{}", row->now.worker), fmt::format("{}", row->now.cpu), *row);
  }
  return grid;
}

Grid Tables::services() const {
  Grid grid({{"SERVICE", kLeft, 0, 8},
             {"LISTEN", kLeft, 3, 18},
             {"STATE", kLeft, 4},
             {"CONNS", kRight},
             {"HALF", kRight, 6},
             {"NEW/s", kRight},
             {"ENDED/s", kRight, 5},
             {"DGRAM/s", kRight, 2},
             {"TREND", kLeft, 1, kLeastTrend, true}});
  auto rows = pointers(model_.services());
  const auto order = panel_.order_of(Table::services);
  if (order == "CONNS") {
    largest_first(rows, [](const ServiceRow& row) { return row.now.connections; });
  }
  if (order == "NEW/s") largest_first(rows, [](const ServiceRow& row) { return row.accepted; });
  if (order == "ENDED/s") largest_first(rows, [](const ServiceRow& row) { return row.ended; });
  for (const ServiceRow* row : rows) {
    const ServiceReading& now = row->now;
    std::string listen = now.listen.empty() ? "-" : now.listen.front();
    if (now.listen.size() > 1) listen += fmt::format(" +{}", now.listen.size() - 1);
    grid.row({{now.name, Look::strong},
              listen,
              {now.state, now.state == "serving" ? Look::good : Look::warning},
              count(now.connections),
              count(now.half_open),
              count(row->accepted),
              count(row->ended),
              count(row->datagrams)},
             &row->trend);
  }
  return grid;
}

Grid Tables::drops() const {
  Grid grid({{"REASON", kLeft, 0, 12},
             {"PER SECOND", kRight},
             {"TOTAL", kRight},
             {"SHARE", kRight, 3},
             {"TREND", kLeft, 1, kLeastTrend, true},
             {"MEANING", kLeft, 2, 16}});
  auto rows = pointers(model_.drops());
  const auto order = panel_.order_of(Table::drops);
  // The daemon lists the most frequent since its start first.
  if (order == "PER SECOND") largest_first(rows, [](const DropRow& row) { return row.rate; });
  if (order == "REASON") std::ranges::sort(rows, {}, [](const DropRow* row) { return row->key(); });
  const double all = std::max(1.0, model_.last().dropped);
  for (const DropRow* row : rows) {
    grid.row({{row->now.reason, row->rate > 0 ? Look::strong : Look::plain},
              {count(row->rate), look_of_loss(row->rate)},
              count(row->now.count),
              percent(100 * row->now.count / all, 1),
              {row->now.what, Look::faint}},
             &row->trend);
  }
  return grid;
}

Grid Tables::ports() const {
  Grid grid({{"PORT", kLeft, 0, 8},
             {"LINK", kLeft},
             {"DRIVER", kLeft, 5, 8},
             {"QUEUES", kRight, 6},
             {"RX PPS", kRight},
             {"RX b/s", kRight, 3},
             {"TX PPS", kRight},
             {"TX b/s", kRight, 4},
             {"MISSED/s", kRight, 2},
             {"TREND", kLeft, 1, kLeastTrend, true}});
  auto rows = pointers(model_.ports());
  const auto order = panel_.order_of(Table::ports);
  if (order == "RX PPS") largest_first(rows, [](const PortRow& row) { return row.rx_pps; });
  if (order == "TX PPS") largest_first(rows, [](const PortRow& row) { return row.tx_pps; });
  if (order == "MISSED/s") largest_first(rows, [](const PortRow& row) { return row.missed; });
  for (const PortRow* row : rows) {
    const PortReading& now = row->now;
    grid.row({{now.name, Look::strong},
              {link_text(now.up, now.speed_bps), now.up ? Look::good : Look::bad},
              now.driver,
              count(now.queues),
              count(row->rx_pps),
              bits(row->rx_bps),
              count(row->tx_pps),
              bits(row->tx_bps),
              {count(row->missed), look_of_loss(row->missed)}},
             &row->trend);
  }
  return grid;
}

Grid Tables::flows() const {
  Grid grid({{"STATE", kLeft, 4},
             {"REMOTE", kLeft},
             {"LOCAL", kLeft, 5},
             {"SERVICE", kLeft, 3, 6},
             {"BYTES/s", kRight},
             {"BYTES", kRight, 1},
             {"RTT", kRight, 7},
             {"IDLE", kRight, 2},
             {"AGE", kRight, 6},
             {"W", kRight, 8}});
  const auto total = [](const FlowRow& row) { return row.now.rx_bytes + row.now.tx_bytes; };
  auto rows = pointers(model_.flows());
  const auto order = panel_.order_of(Table::flows);
  if (order == "BYTES/s") largest_first(rows, [](const FlowRow& row) { return row.rate; });
  if (order == "BYTES") largest_first(rows, total);
  if (order == "IDLE") largest_first(rows, [](const FlowRow& row) { return row.now.idle; });
  if (order == "AGE") largest_first(rows, [](const FlowRow& row) { return row.now.age; });
  for (const FlowRow* row : rows) {
    const FlowReading& now = row->now;
    grid.row({now.state, now.remote, now.local, now.service, bytes(row->rate), bytes(total(*row)),
              now.srtt_us > 0 ? microseconds(now.srtt_us) : "-", age(now.idle),
              known_or_dash(now.age, age), fmt::format("{}", now.worker)});
  }
  return grid;
}

}  // namespace

Grid grid_of(Table which, const Model& model, const Panel& panel, const Numbers& numbers) {
  const Tables tables(model, panel, numbers);
  switch (which) {
    case Table::workers:
      return tables.workers();
    case Table::services:
      return tables.services();
    case Table::drops:
      return tables.drops();
    case Table::ports:
      return tables.ports();
    case Table::flows:
      break;
  }
  return tables.flows();
}

std::string_view nothing_of(Table which) noexcept {
  switch (which) {
    case Table::workers:
      return "no worker runs";
    case Table::services:
      return "no service is configured";
    case Table::drops:
      return "nothing was dropped";
    case Table::ports:
      return "no port is configured";
    case Table::flows:
      break;
  }
  return "no connection";
}

}  // namespace weir::ctl::top
