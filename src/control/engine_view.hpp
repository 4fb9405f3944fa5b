// What the control thread needs of the engine, so that it can be tested without DPDK.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/counters.hpp"
#include "pipeline/flow_entry.hpp"
#include "pipeline/snapshot.hpp"
#include "port/port.hpp"
#include "runtime/engine.hpp"

namespace weir {

/// The calls of Engine, with the same meaning. Every call from the control thread.
class EngineView {
 public:
  virtual ~EngineView() = default;

  [[nodiscard]] virtual std::uint16_t worker_count() const = 0;
  [[nodiscard]] virtual unsigned cpu(std::uint16_t worker) const = 0;
  [[nodiscard]] virtual const WorkerCounters& counters(std::uint16_t worker) const = 0;
  [[nodiscard]] virtual double cycles_per_second() const = 0;
  [[nodiscard]] virtual const Snapshot& snapshot() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& warnings() const = 0;

  /// Runs `task` on a worker between two bursts and waits for it; false when the worker did not get
  /// to it in time, in which case it may still run later.
  virtual bool run_on(std::uint16_t worker, const std::function<void()>& task) = 0;
  virtual Result<bool> drain(const std::vector<std::uint16_t>& services, bool draining) = 0;
  virtual std::optional<FlowId> list_flows(std::uint16_t worker, FlowId from,
                                           std::vector<FlowEntry>& out) = 0;
  virtual std::optional<EndedFlows> end_flows(std::uint16_t worker,
                                              std::vector<FlowEntry> entries) = 0;
  [[nodiscard]] virtual PipelineMemory memory(std::uint16_t worker) = 0;

  virtual Attachment attach(std::uint16_t worker, std::shared_ptr<TapSink> sink) = 0;
  virtual void detach(std::uint16_t worker, const std::shared_ptr<TapSink>& sink) = 0;
  virtual bool send_echo_request(const EchoRequest& request) = 0;
  virtual bool inquire(const Address& address, std::uint8_t port) = 0;
  virtual void expect_echo(std::uint16_t identifier) = 0;
  [[nodiscard]] virtual std::vector<RefusedFrame> refused_frames(std::uint16_t worker) = 0;
  [[nodiscard]] virtual Result<TakenRecorders> take_recordings() = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point time_at(Instant instant) const = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point time_at_cycles(
      std::uint64_t cycles) const = 0;

  [[nodiscard]] virtual std::size_t port_count() const = 0;
  [[nodiscard]] virtual PortStats port_stats(std::size_t port) const = 0;
  [[nodiscard]] virtual LinkState port_link(std::size_t port) const = 0;
  [[nodiscard]] virtual std::vector<PoolState> pools() const = 0;
  [[nodiscard]] virtual ReadAheadState read_ahead() const = 0;
  [[nodiscard]] virtual bool uses_huge_pages() const = 0;
  [[nodiscard]] virtual std::string_view idle_mode() const = 0;
  [[nodiscard]] virtual std::vector<NeighbourState> neighbours() const = 0;

  virtual void housekeeping() = 0;
  /// The text of /status.json, for the workers that serve it.
  virtual void publish_status(std::shared_ptr<const std::string> json) = 0;
};

}  // namespace weir
