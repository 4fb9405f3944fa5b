// The clients of one worker: connections that are opened, asked, verified, closed and opened again.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "load/conversation.hpp"
#include "load/counters.hpp"
#include "load/schedule.hpp"
#include "runtime/actor.hpp"

namespace weir::load {

/// A worker's share of the load, and what all shares have in common.
struct Share {
  const LoadPlan& plan;
  std::uint16_t worker = 0, workers = 1;
  std::uint32_t places = 0;           ///< listeners 0 to places - 1 are the ends that it may use
  const std::atomic<bool>& going;     ///< main: not before that
  const std::atomic<bool>& stopping;  ///< main: begin nothing new, close what is open

  /// Of the connections, which all workers share evenly.
  [[nodiscard]] std::uint32_t connections() const noexcept {
    return plan.connections / workers + (worker < plan.connections % workers ? 1 : 0);
  }
  /// Of the rate: in the proportion of the connections.
  [[nodiscard]] double rate() const noexcept {
    return plan.rate * connections() / plan.connections;
  }
};

class Client final : public Actor {
 public:
  explicit Client(const Share& share);

  std::uint32_t act(Pipeline& pipeline, Instant now) noexcept override;
  /// The service of all its connections; the client outlives it.
  [[nodiscard]] std::unique_ptr<TcpService> make_service();
  [[nodiscard]] const LoadCounters& counters() const noexcept { return counters_; }

 private:
  class Service;

  struct Call {  // one connection, in word() by its number and one
    FlowId flow = kNoFlow;
    bool open = false, closing = false, spoilt = false;
    bool listed = false;                    // in idle_
    std::uint8_t in_flight = 0, first = 0;  // of the starts
    std::uint64_t left = 0;                 // requests that it may still begin
    Instant began{};                        // or was due, in an open loop of connections
    std::optional<Instant> due;             // of its first request, there
    Progress progress;
  };

  // What the service hears.
  void opened(Connection& connection) noexcept;
  [[nodiscard]] std::size_t heard(Connection& connection, const Text& text) noexcept;
  void sent(Connection& connection) noexcept;
  void peer_closed(Connection& connection) noexcept;
  void ended(Connection& connection, EndReason reason) noexcept;

  [[nodiscard]] Call& call_of(Connection& connection) noexcept {
    return calls_[connection.word() - 1];
  }
  [[nodiscard]] Instant& start_of(std::uint32_t word, unsigned n) noexcept {
    return starts_[(word - 1) * std::size_t{plan_.pipeline} + n % plan_.pipeline];
  }
  [[nodiscard]] bool is_stream() const noexcept {
    return plan_.mode == Mode::upload || plan_.mode == Mode::download;
  }
  /// What an open loop counts is connections, not requests on those that are kept.
  [[nodiscard]] bool schedules_connections() const noexcept {
    return plan_.requests != 0 || plan_.mode == Mode::connect || plan_.mode == Mode::idle;
  }
  [[nodiscard]] bool is_stopping() const noexcept {
    return share_.stopping.load(std::memory_order_relaxed);
  }
  std::uint32_t open_calls(Pipeline& pipeline, Instant now) noexcept;
  [[nodiscard]] bool begin_call(Pipeline& pipeline, std::optional<Instant> due,
                                Instant now) noexcept;
  std::uint32_t ask_when_due(Pipeline& pipeline, Instant now) noexcept;
  std::uint32_t close_calls(Pipeline& pipeline, Instant now) noexcept;
  void go_on(Call& call, Connection& connection) noexcept;
  void upload(Call& call, Connection& connection) noexcept;
  [[nodiscard]] bool ask(Call& call, Connection& connection, Instant due) noexcept;
  void close(Call& call, Connection& connection) noexcept;
  void spoil(Call& call, Connection& connection) noexcept;

  const LoadPlan& plan_;
  Share share_;
  LoadCounters counters_;
  std::unique_ptr<Conversation> conversation_;
  std::vector<Call> calls_;
  std::vector<Instant> starts_;     // of the requests in flight, `pipeline` a call
  std::deque<std::uint32_t> free_;  // calls that are none, those that ended first in front
  std::deque<std::uint32_t> idle_;  // open loop: calls that may have room for a request, by turns
  Schedule schedule_;
  std::uint64_t next_tuple_ = 0, in_use_ = 0, salt_;  // in_use_: tuples in a row that were
  std::uint32_t closed_up_to_ = 0;
};

}  // namespace weir::load
