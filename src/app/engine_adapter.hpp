// The engine as the control plane sees it.
#pragma once

#include <utility>

#include "control/engine_view.hpp"
#include "runtime/engine.hpp"

namespace weir {

class EngineAdapter final : public EngineView {
 public:
  /// `engine` outlives the adapter.
  explicit EngineAdapter(Engine& engine) : engine_(engine) {}

  std::uint16_t worker_count() const override { return engine_.worker_count(); }
  unsigned cpu(std::uint16_t worker) const override { return engine_.cpu(worker); }
  const WorkerCounters& counters(std::uint16_t worker) const override {
    return engine_.counters(worker);
  }
  double cycles_per_second() const override { return engine_.cycles_per_second(); }
  const Snapshot& snapshot() const override { return engine_.snapshot(); }
  const std::vector<std::string>& warnings() const override { return engine_.warnings(); }

  bool run_on(std::uint16_t worker, const std::function<void()>& task) override {
    return engine_.run_on(worker, [task](Pipeline&) { task(); });
  }
  Result<bool> drain(const std::vector<std::uint16_t>& services, bool draining) override {
    return engine_.drain(services, draining);
  }
  std::optional<FlowId> list_flows(std::uint16_t worker, FlowId from,
                                   std::vector<FlowEntry>& out) override {
    return engine_.list_flows(worker, from, out);
  }
  std::optional<EndedFlows> end_flows(std::uint16_t worker,
                                      std::vector<FlowEntry> entries) override {
    return engine_.end_flows(worker, std::move(entries));
  }
  PipelineMemory memory(std::uint16_t worker) override { return engine_.memory(worker); }

  Attachment attach(std::uint16_t worker, std::shared_ptr<TapSink> sink) override {
    return engine_.attach(worker, std::move(sink));
  }
  void detach(std::uint16_t worker, const std::shared_ptr<TapSink>& sink) override {
    engine_.detach(worker, sink);
  }
  bool send_echo_request(const EchoRequest& request) override {
    return engine_.send_echo_request(request);
  }
  bool inquire(const Address& address, std::uint8_t port) override {
    return engine_.inquire(address, port);
  }
  void expect_echo(std::uint16_t identifier) override { engine_.expect_echo(identifier); }
  std::vector<RefusedFrame> refused_frames(std::uint16_t worker) override {
    return engine_.refused_frames(worker);
  }
  Result<TakenRecorders> take_recordings() override { return engine_.take_recordings(); }
  std::chrono::system_clock::time_point time_at(Instant instant) const override {
    return engine_.time_at(instant);
  }
  std::chrono::system_clock::time_point time_at_cycles(std::uint64_t cycles) const override {
    return engine_.time_at_cycles(cycles);
  }

  std::size_t port_count() const override { return engine_.port_count(); }
  PortStats port_stats(std::size_t port) const override { return engine_.port_stats(port); }
  LinkState port_link(std::size_t port) const override { return engine_.port_link(port); }
  std::vector<PoolState> pools() const override { return engine_.pools(); }
  ReadAheadState read_ahead() const override { return engine_.read_ahead(); }
  bool uses_huge_pages() const override { return engine_.uses_huge_pages(); }
  std::string_view idle_mode() const override { return engine_.idle_mode(); }
  std::vector<NeighbourState> neighbours() const override { return engine_.neighbours(); }

  void housekeeping() override { engine_.housekeeping(); }
  void publish_status(std::shared_ptr<const std::string> json) override {
    engine_.publish_status(std::move(json));
  }

 private:
  Engine& engine_;
};

}  // namespace weir
