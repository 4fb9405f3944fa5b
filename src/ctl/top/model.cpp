#include "ctl/top/model.hpp"

#include <algorithm>
#include <utility>

namespace weir::ctl::top {
namespace {

// What belongs to the same thing in both readings: its row of before, or one of nothing. A reason
// that did not occur is not in a reading, and neither is a service that a reload has just made.
template <class Row, class Key>
Row take_over(std::vector<Row>& rows, const Key& key) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return row.key() == key; });
  return found == rows.end() ? Row{} : std::move(*found);
}

// Unknown without a time between; a counter that went back counts nothing.
double per_second(double before, double now, double seconds) {
  return seconds > 0 ? std::max(0.0, now - before) / seconds : kUnknown;
}

// Of what grew; unknown where nothing did.
double share(double before, double now, double whole_before, double whole_now) {
  const double whole = whole_now - whole_before;
  return whole > 0 ? std::max(0.0, now - before) / whole : kUnknown;
}

WorkerReading sum_of(const std::vector<WorkerReading>& workers) {
  WorkerReading sum;
  for (const WorkerReading& w : workers) {
    sum.received += w.received;
    sum.rx_packets += w.rx_packets;
    sum.bursts += w.bursts;
    sum.handed_in += w.handed_in;
    sum.flows += w.flows;
    sum.busy_cycles += w.busy_cycles;
    sum.awake_cycles += w.awake_cycles;
    sum.sleep_cycles += w.sleep_cycles;
  }
  return sum;
}

// `cycles`: what went by on the clocks of the workers.
WorkerRow worker_row(WorkerRow row, const WorkerReading& now, double seconds, double cycles) {
  const WorkerReading before = row.now;
  row.now = now;
  if (seconds > 0) {
    // A worker that sleeps all the time has not written its cycles down yet.
    const double awake = now.awake_cycles - before.awake_cycles;
    const double sleep = now.sleep_cycles - before.sleep_cycles;
    const double all = std::max({awake + sleep, cycles, 1.0});
    const double busy = std::max(0.0, now.busy_cycles - before.busy_cycles);
    row.busy = std::min(100.0, 100 * busy / all);
    row.packets = per_second(before.received, now.received, seconds);
    row.cycles = share(before.busy_cycles, now.busy_cycles, before.received, now.received);
    row.burst = share(before.rx_packets, now.rx_packets, before.bursts, now.bursts);
    row.handoff = 100 * share(before.handed_in, now.handed_in, before.received, now.received);
    row.trend.add(row.busy);
  }
  return row;
}

// Bytes of a flow are counted modulo 2^32.
double grown(double before, double now) {
  constexpr double kAll = 4294967296.0;
  return now >= before ? now - before : now + kAll - before;
}

}  // namespace

void Model::take(Reading reading) {
  if (last_ && reading.uptime < last_->uptime) *this = Model();
  seconds_ = last_ ? reading.at - last_->at : kUnknown;
  lost_.clear();
  take_ports(reading);
  take_workers(reading);
  take_services(reading);
  take_drops(reading);
  if (reading.has_flows) take_flows(reading);
  sum_up(reading);
  last_ = std::move(reading);
}

void Model::take_ports(const Reading& reading) {
  std::vector<PortRow> rows;
  for (const PortReading& now : reading.ports) {
    PortRow row = take_over(ports_, now.name);
    const PortReading before = std::exchange(row.now, now);
    row.rx_pps = per_second(before.rx_packets, now.rx_packets, seconds_);
    row.tx_pps = per_second(before.tx_packets, now.tx_packets, seconds_);
    row.rx_bps = 8 * per_second(before.rx_bytes, now.rx_bytes, seconds_);
    row.tx_bps = 8 * per_second(before.tx_bytes, now.tx_bytes, seconds_);
    row.missed = per_second(before.missed, now.missed, seconds_);
    if (is_known(row.rx_pps)) row.trend.add(row.rx_pps + row.tx_pps);
    rows.push_back(std::move(row));
  }
  ports_ = std::move(rows);
}

void Model::take_workers(const Reading& reading) {
  const double seconds = last_ ? reading.workers_at - last_->workers_at : kUnknown;
  const double cycles = seconds * reading.cycles_per_second;
  std::vector<WorkerRow> rows;
  for (const WorkerReading& now : reading.workers) {
    rows.push_back(worker_row(take_over(workers_, now.worker), now, seconds, cycles));
  }
  const auto count = static_cast<double>(rows.size());
  all_workers_ =
      worker_row(std::move(all_workers_), sum_of(reading.workers), seconds, cycles * count);
  workers_ = std::move(rows);
}

void Model::take_services(const Reading& reading) {
  std::vector<ServiceRow> rows;
  for (const ServiceReading& now : reading.services) {
    ServiceRow row = take_over(services_, now.name);
    const ServiceReading before = std::exchange(row.now, now);
    row.accepted = per_second(before.accepted, now.accepted, seconds_);
    row.ended = per_second(before.ended, now.ended, seconds_);
    row.datagrams = per_second(before.datagrams, now.datagrams, seconds_);
    if (is_known(row.accepted)) row.trend.add(row.accepted + row.datagrams);
    rows.push_back(std::move(row));
  }
  services_ = std::move(rows);
}

void Model::take_drops(const Reading& reading) {
  std::vector<DropRow> rows;
  for (const DropReading& now : reading.drops) {
    DropRow row = take_over(drops_, now.reason);
    const DropReading before = std::exchange(row.now, now);
    row.rate = per_second(before.count, now.count, seconds_);
    if (is_known(row.rate)) row.trend.add(row.rate);
    rows.push_back(std::move(row));
  }
  drops_ = std::move(rows);
}

// A list of flows is a part of them: who was not in the last one has no known rate.
void Model::take_flows(const Reading& reading) {
  const double seconds = reading.flows_at - flows_at_;
  std::ranges::sort(flows_, {}, &FlowRow::key);
  std::vector<FlowRow> rows;
  for (const FlowReading& now : reading.flows) {
    FlowRow row{now};
    const auto before = std::ranges::lower_bound(flows_, now.key(), {}, &FlowRow::key);
    // The same addresses and ports may be another connection by now.
    const bool same =
        before != flows_.end() && before->key() == now.key() && !(now.age < before->now.age);
    if (same && seconds > 0) {
      row.rate =
          (grown(before->now.rx_bytes, now.rx_bytes) + grown(before->now.tx_bytes, now.tx_bytes)) /
          seconds;
    }
    rows.push_back(std::move(row));
  }
  flows_ = std::move(rows);
  flows_at_ = reading.flows_at;
}

void Model::sum_up(const Reading& reading) {
  Traffic& sum = traffic_;
  sum.rx_pps = sum.rx_bps = sum.tx_pps = sum.tx_bps = sum.missed = last_ ? 0 : kUnknown;
  for (const PortRow& port : ports_) {
    sum.rx_pps += port.rx_pps;
    sum.rx_bps += port.rx_bps;
    sum.tx_pps += port.tx_pps;
    sum.tx_bps += port.tx_bps;
    sum.missed += port.missed;
  }
  sum.accepted = sum.ended = last_ ? 0 : kUnknown;
  for (const ServiceRow& service : services_) {
    sum.accepted += service.accepted;
    sum.ended += service.ended;
  }
  sum.drops = last_ ? per_second(last_->dropped, reading.dropped, seconds_) : kUnknown;
  if (!is_known(sum.rx_pps)) return;
  sum.rx.add(sum.rx_pps);
  sum.tx.add(sum.tx_pps);
}

}  // namespace weir::ctl::top
