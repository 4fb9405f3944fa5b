// The engine: ports, pools and workers of one configuration, started and stopped as one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "capture/tap_sink.hpp"
#include "dpdk/eal_log.hpp"
#include "ip/address_keeper.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/echo_request.hpp"
#include "pipeline/flight_recorder.hpp"
#include "pipeline/flow_entry.hpp"
#include "pipeline/refused_frames.hpp"
#include "pipeline/snapshot.hpp"
#include "port/port.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/read_ahead_state.hpp"
#include "weir/message.hpp"

namespace weir {

struct Config;
struct EngineAdditions;

/// A pool's state, for `weirctl memory`.
struct PoolState {
  std::string name;
  std::uint32_t size = 0, free = 0, buffer_bytes = 0;
};

/// A neighbour, for `weirctl neigh` and the status page.
struct NeighbourState {
  std::string address, mac, port, state;
};

/// What became of a sink that a worker was given.
enum class Attachment : std::uint8_t { done, no_room, no_answer };

/// By worker; null of one that did not get to it in time, and goes on recording. Empty when
/// [recorder] is off.
using TakenRecorders = std::vector<std::unique_ptr<FlightRecorder>>;

/// What housekeeping found that the operator should know.
struct EngineNotice {
  enum class Kind : std::uint8_t {
    address_duplicate,
    reload_incomplete,
    file_failed,
    files_skipped
  } kind;
  std::string message;  ///< a sentence
};

/// Owned by main; every call from the control thread. Nothing here stops a worker: what a worker
/// must tell or take, it does between two bursts.
class Engine {
 public:
  /// Starts EAL, ports and workers. The error is one sentence for the operator; `exit_code` says
  /// which of the documented ones belongs to it (69, 75, 77, 78, 70).
  struct StartError {
    std::string message;
    int exit_code = 69;
  };
  static Result<std::unique_ptr<Engine>, StartError> start(const Config& config, EalLogSink log);
  /// The same with what a program adds of its own (runtime/actor.hpp).
  static Result<std::unique_ptr<Engine>, StartError> start(const Config& config, EalLogSink log,
                                                           const EngineAdditions& additions);
  ~Engine();

  [[nodiscard]] std::uint16_t worker_count() const noexcept;
  [[nodiscard]] unsigned cpu(std::uint16_t worker) const noexcept;
  [[nodiscard]] const WorkerCounters& counters(std::uint16_t worker) const noexcept;
  [[nodiscard]] double cycles_per_second() const noexcept;
  [[nodiscard]] const Snapshot& snapshot() const noexcept;
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept;

  /// Goes over to another configuration without losing a packet or a connection: the next snapshot
  /// is built whole, then each worker takes it between two bursts. `wanted` differs from what runs
  /// in keys that apply on reload only. The error is a sentence, and then nothing was changed. A
  /// worker that does not take it within two seconds goes on as before: that is a notice, and the
  /// last reload of this engine; one that misses its flight recorder only gets another one at the
  /// next. `begins` is called when nothing can refuse it any more, before
  /// anything changes.
  [[nodiscard]] Result<bool> reload(
      const Config& wanted, const std::function<void()>& begins = [] {});

  /// Those services (by their numbers) open no more connections, or do so again; what is open goes
  /// on. The error says that a worker missed an earlier change.
  [[nodiscard]] Result<bool> drain(const std::vector<std::uint16_t>& services, bool draining);

  /// Runs `task` on a worker between two bursts and waits for it; false when the worker did not get
  /// to it within a second. `task` must be short: it delays packets.
  bool run_on(std::uint16_t worker, const WorkerTask& task);

  /// Hands a message to the service of that name on that worker, soon. False when too many wait, or
  /// there is no such worker. Any thread, while the engine lives.
  bool send(std::uint16_t worker, std::string_view service, const Message& message) noexcept;

  /// One slice of a worker's flows from slot `from` on; returns where the next slice starts, or
  /// kNoFlow at the end. Entries are consistent each, the table as a whole is not. Nothing when the
  /// worker did not get to it in time.
  std::optional<FlowId> list_flows(std::uint16_t worker, FlowId from, std::vector<FlowEntry>& out);
  /// Ends those flows of a worker with an RST. Nothing when the worker did not get to it in time;
  /// it does not begin it then any more.
  std::optional<EndedFlows> end_flows(std::uint16_t worker, std::vector<FlowEntry> entries);
  [[nodiscard]] PipelineMemory memory(std::uint16_t worker);

  /// A worker's frames go into the sink from now on, which is nobody else's, until detach.
  /// No room: the worker has Tap::kMostSinks of them. After no answer it may still take it.
  Attachment attach(std::uint16_t worker, std::shared_ptr<TapSink> sink);
  void detach(std::uint16_t worker, const std::shared_ptr<TapSink>& sink);
  /// A worker's last refused frames, oldest first; empty when it did not get to it in time.
  [[nodiscard]] std::vector<RefusedFrame> refused_frames(std::uint16_t worker);
  /// What the workers' flight recorders hold, which begin anew: none if they are off. Who does not
  /// answer leaves a gap. The error is how much memory is wanted, and then nobody gave anything.
  [[nodiscard]] Result<TakenRecorders> take_recordings();
  /// The first worker asks a host whether it is there (Pipeline::send_echo_request), or where it is
  /// on the link; false when it did not get to it in time, or could not.
  bool send_echo_request(const EchoRequest& request);
  bool inquire(const Address& address, std::uint8_t port);
  /// All workers take echo replies with that identifier as wanted; 0: none.
  void expect_echo(std::uint16_t identifier);
  /// The time of day at an instant of the workers' clock, and at a reading of its counter.
  [[nodiscard]] std::chrono::system_clock::time_point time_at(Instant instant) const;
  [[nodiscard]] std::chrono::system_clock::time_point time_at_cycles(std::uint64_t cycles) const;

  [[nodiscard]] std::size_t port_count() const noexcept;
  [[nodiscard]] PortStats port_stats(std::size_t port) const;
  [[nodiscard]] LinkState port_link(std::size_t port) const;
  [[nodiscard]] std::vector<PoolState> pools() const;
  [[nodiscard]] ReadAheadState read_ahead() const noexcept;
  [[nodiscard]] bool uses_huge_pages() const noexcept;
  /// What workers without packets do: "poll", "sleep", "wait for interrupts".
  [[nodiscard]] std::string_view idle_mode() const noexcept;
  [[nodiscard]] std::vector<NeighbourState> neighbours() const;

  /// The control thread's own periodic work: our addresses, neighbours, wall clock, changed files
  /// of HTTP services. Call it every few milliseconds.
  void housekeeping();
  /// `told` hears true before a reload, before changed files of an HTTP service are read and before
  /// a recording is taken, and false afterwards: for so long the control thread does nothing else.
  void when_busy(std::function<void(bool begins)> told);
  /// What there is to know since the last call.
  [[nodiscard]] std::vector<EngineNotice> take_notices();
  /// What /status.json answers from now on.
  void publish_status(std::shared_ptr<const std::string> json);

  /// Stops the workers, then checks that each one's verdicts add up; the error says whose do not.
  Result<bool> stop();

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  void take_news();
  void detach_again();
  void speak_of_addresses(Instant now);

  std::unique_ptr<Parts> parts_;
  std::vector<AddressKeeper::Task> unspoken_;  // for a worker that stood still
  // Likewise: sinks that are nobody's any more.
  std::vector<std::pair<std::uint16_t, std::shared_ptr<TapSink>>> detaching_;
  Instant aged_{};
};

}  // namespace weir
