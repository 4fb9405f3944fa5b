// An engine without a data plane: two workers, one port, two services and as many flows as asked
// for.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "control/engine_view.hpp"

namespace weir {

class FakeEngine final : public EngineView {
 public:
  static constexpr std::size_t kSlice = 64, kRoom = 10;

  FakeEngine() {
    LocalPort port;
    port.info.name = "p0";
    port.info.driver = "memory";
    port.addresses = {*Prefix::parse("192.0.2.1/24"), *Prefix::parse("2001:db8::1/64")};
    snapshot_.ports = {port};
    snapshot_.services.resize(2);
    snapshot_.services[0].name = "web";
    snapshot_.services[0].handler = "http";
    snapshot_.services[1].name = "echo";
    snapshot_.services[1].handler = "echo";
    const Address ours = *Address::parse("192.0.2.1");
    snapshot_.listeners.add({ours, 80, Transport::tcp, 0});
    snapshot_.listeners.add({ours, 7, Transport::udp, 1});
    for (WorkerCounters& c : counters_) {
      c.make_histograms(snapshot_.services.size());
      c.received.add(100);
      c.answered.add(60);
      c.delivered.add(20);
      c.consumed.add(10);
      c.dropped[index(Drop::ip_bad_checksum)].add(7);
      c.held.add(3);
      c.rx_packets.add(100);
      c.bursts.add(8);
      for (std::size_t i = 0; i < c.stage_cycles.size(); ++i) c.stage_cycles[i].add(1000 * (i + 1));
    }
  }

  /// Established connections of worker 0, from 198.51.100.1 and ports 1024 on.
  void add_flows(std::size_t count, std::uint16_t service = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      FlowEntry e;
      e.id = high_water_++;
      e.state = State::established;
      e.remote = *Address::parse("198.51.100.1");
      e.remote_port = static_cast<std::uint16_t>(1024 + i);
      e.local = *Address::parse("192.0.2.1");
      e.local_port = 80;
      e.service = service;
      e.has_account = accounts;
      e.rx_bytes = static_cast<std::uint32_t>(i);
      flows_.push_back(e);
    }
  }
  [[nodiscard]] Snapshot& change_snapshot() { return snapshot_; }
  [[nodiscard]] WorkerCounters& writable(std::uint16_t worker) { return counters_[worker]; }
  bool accounts = true;  ///< whether flows are listed with age and bytes
  ReadAheadState reads{};
  std::uint32_t pool_free = 4000;
  bool link_up = true;
  bool answers = true;  ///< whether workers get to their tasks
  bool sends = true;    ///< whether a question to a host leaves
  bool taps_are_taken = false;
  std::string drain_refusal;   ///< why services cannot drain; empty: they can
  bool records = false;        ///< whether [recorder] is on
  bool out_of_memory = false;  ///< for other recorders
  std::array<std::unique_ptr<FlightRecorder>, 2> recorders;  ///< those that are taken

  std::uint16_t worker_count() const override { return 2; }
  unsigned cpu(std::uint16_t worker) const override { return worker + 2U; }
  const WorkerCounters& counters(std::uint16_t worker) const override { return counters_[worker]; }
  double cycles_per_second() const override { return 1e9; }
  const Snapshot& snapshot() const override { return snapshot_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  bool run_on(std::uint16_t, const std::function<void()>& task) override {
    if (answers) task();
    return answers;
  }
  Result<bool> drain(const std::vector<std::uint16_t>& services, bool draining) override {
    if (!drain_refusal.empty()) return Error{drain_refusal};
    for (const std::uint16_t service : services) snapshot_.services[service].draining = draining;
    return true;
  }
  std::optional<FlowId> list_flows(std::uint16_t worker, FlowId from,
                                   std::vector<FlowEntry>& out) override {
    if (!answers) return std::nullopt;
    if (worker != 0) return kNoFlow;
    const FlowId end = from + kSlice;
    for (const FlowEntry& flow : flows_) {
      if (flow.id >= from && flow.id < end) out.push_back(flow);
    }
    return end < high_water_ ? end : kNoFlow;
  }
  std::optional<EndedFlows> end_flows(std::uint16_t worker,
                                      std::vector<FlowEntry> entries) override {
    if (!answers) return std::nullopt;
    EndedFlows done;
    // As if there was room for so many segments only.
    done.looked_at = std::min(entries.size(), kRoom);
    for (std::size_t i = 0; i < done.looked_at; ++i) {
      done.ended += std::erase_if(flows_, [&](const FlowEntry& flow) {
        return worker == 0 && flow.id == entries[i].id &&
               flow.remote_port == entries[i].remote_port;
      });
    }
    return done;
  }
  PipelineMemory memory(std::uint16_t) override { return {flows_.size(), 1000, 96, 0, 0, 0}; }
  Attachment attach(std::uint16_t worker, std::shared_ptr<TapSink> sink) override {
    if (!answers) return Attachment::no_answer;
    if (taps_are_taken) return Attachment::no_room;
    sinks[worker] = std::move(sink);
    return Attachment::done;
  }
  void detach(std::uint16_t worker, const std::shared_ptr<TapSink>&) override {
    sinks[worker].reset();
  }
  bool send_echo_request(const EchoRequest& request) override {
    echoes.push_back(request);
    return answers && sends;
  }
  bool inquire(const Address& address, std::uint8_t) override {
    inquiries.push_back(address);
    return answers;  // whether it left is only seen on the link
  }
  void expect_echo(std::uint16_t identifier) override { expected_echo = identifier; }
  std::vector<RefusedFrame> refused_frames(std::uint16_t worker) override {
    return worker == 0 ? refused : std::vector<RefusedFrame>();
  }
  Result<TakenRecorders> take_recordings() override {
    if (out_of_memory) return Error{"2 x 17 MB = 34 MB, and 5 MB are free"};
    TakenRecorders taken(records ? recorders.size() : 0);
    std::move(recorders.begin(), recorders.begin() + taken.size(), taken.begin());
    return taken;
  }
  std::chrono::system_clock::time_point time_at(Instant instant) const override {
    return std::chrono::system_clock::time_point(instant.since_start());
  }
  std::chrono::system_clock::time_point time_at_cycles(std::uint64_t cycles) const override {
    return std::chrono::system_clock::time_point(std::chrono::nanoseconds(cycles));
  }
  std::size_t port_count() const override { return 1; }
  PortStats port_stats(std::size_t) const override {
    PortStats stats;
    stats.rx_packets = 200;
    stats.rx_missed = 5;
    return stats;
  }
  LinkState port_link(std::size_t) const override { return {link_up, true, 25'000}; }
  ReadAheadState read_ahead() const override { return reads; }
  std::vector<PoolState> pools() const override { return {{"pool0", 4096, pool_free, 2048}}; }
  bool uses_huge_pages() const override { return false; }
  std::string_view idle_mode() const override { return "sleep"; }
  std::vector<NeighbourState> neighbours() const override {
    return {{"192.0.2.9", "02:00:00:00:00:09", "p0", "reachable"}};
  }
  void housekeeping() override {}
  void publish_status(std::shared_ptr<const std::string> json) override { published = json; }

  std::shared_ptr<const std::string> published;
  std::array<std::shared_ptr<TapSink>, 2> sinks;  ///< of captures, by worker
  std::vector<RefusedFrame> refused;              ///< of worker 0
  std::vector<EchoRequest> echoes;                ///< that were sent
  std::vector<Address> inquiries;                 ///< likewise
  std::uint16_t expected_echo = 0;

 private:
  Snapshot snapshot_;
  std::vector<WorkerCounters> counters_ = std::vector<WorkerCounters>(2);
  std::vector<FlowEntry> flows_;
  FlowId high_water_ = 0;
  std::vector<std::string> warnings_{"something to know"};
};

}  // namespace weir
