// What a worker tells its flight recorder, and when. Nothing of it changes what becomes of a frame.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/secrets.hpp"
#include "flow/flow_table.hpp"
#include "ip/neighbour_table.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/flight_recorder.hpp"
#include "pipeline/reply_limits.hpp"
#include "pipeline/snapshot.hpp"
#include "tcp/outbox.hpp"

namespace weir {

/// Without a recorder it is false, and only exchange(), forget(), before() and served() may be
/// called: those then do nothing. On the worker's thread.
class FlightLog {
 public:
  /// What is looked at; all of it outlives the log.
  struct Sources {
    const Snapshot* const& snapshot;
    const Secrets& secrets;
    const FlowTable& flows;
    tcp::Context& ctx;
    const NeighbourTable& neighbours;
    const WorkerCounters& counters;
    const ReplyLimits& limits;
    std::uint16_t worker = 0;
  };

  /// What a service may change by being called.
  struct Served {
    FlightTuple tuple;
    std::uint64_t queued = 0;  ///< bytes
    std::uint32_t unread = 0;  ///< bytes in order
    bool fin_queued = false;
    tcp::Alarm timeout;
    std::uint8_t events = 0;
    bool known = false;  ///< else nobody wants to know
  };

  explicit FlightLog(const Sources& sources) noexcept : from_(sources) {}

  explicit operator bool() const noexcept { return recorder_ != nullptr; }
  [[nodiscard]] FlightRecorder* recorder() const noexcept { return recorder_.get(); }
  /// Tells that one from now on, or none; gives back the one before. Between two rounds.
  [[nodiscard]] std::unique_ptr<FlightRecorder> exchange(
      std::unique_ptr<FlightRecorder> next) noexcept;
  /// What was written makes no sense any more: the snapshot is another.
  void forget() noexcept;

  void begin_burst(std::span<const Frame> frames) noexcept;
  /// The frames are gone.
  void end_burst() noexcept { recorder_->end_burst(); }
  /// Where the verdict on a frame of the burst belongs; nullptr for any other frame.
  [[nodiscard]] Outcome* verdict_of(const Frame& frame) noexcept;

  /// A frame of the burst is about to touch that connection; kNoFlow: none.
  void met(FlowId id) noexcept;
  /// A frame of the burst opened that connection.
  void born(FlowId id, Birth how) noexcept;
  /// Timers are about to run, a connection's is, all that were due have run.
  void begin_timers() noexcept;
  void timer_fired(FlowId id) noexcept { known_fired_ |= recorder_->knows(id); }
  void timers_ran() noexcept;
  /// The operator ends that connection.
  void ended(const Flow& flow) noexcept;

  /// Before the service of a connection is called because of a frame or a timer, or because of
  /// neither; and after either.
  [[nodiscard]] Served serving(const Flow& flow, const tcp::Outbox& out) noexcept;
  [[nodiscard]] Served before(const Flow& flow, const tcp::Outbox& out) const noexcept;
  void served(FlightKind kind, const Flow& flow, const tcp::Outbox& out, const Served& before,
              bool has_closed) noexcept;

 private:
  [[nodiscard]] std::uint64_t draw_anew() noexcept;
  void turn() noexcept;
  std::size_t gauges(std::span<OpenedService> services) const noexcept;
  void note_neighbours() noexcept;
  void make_room(std::size_t bytes) noexcept;
  void save(FlowId id) noexcept;
  [[nodiscard]] bool knows(const Flow& flow) const noexcept;
  [[nodiscard]] FlightTuple tuple_of(const Flow& flow) const noexcept;

  std::unique_ptr<FlightRecorder> recorder_;
  Sources from_;
  std::uint64_t drawn_anew_ = 0;  // how often
  bool known_fired_ = false;      // a timer of a connection that the recorder knows
};

}  // namespace weir
