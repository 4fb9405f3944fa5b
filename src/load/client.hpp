// The clients of one worker: connections that are opened, asked, verified, closed and opened again.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "load/conversation.hpp"
#include "load/counters.hpp"
#include "load/pace.hpp"
#include "runtime/actor.hpp"

namespace weir::load {

/// A worker's share of the load, and what all shares have in common.
struct Share {
  const LoadPlan& plan;
  std::uint16_t worker = 0, workers = 1;
  std::uint32_t places = 0;           ///< listeners 0 to places - 1 are the ends that it may use
  const std::atomic<bool>& going;     ///< main: not before that
  const std::atomic<bool>& stopping;  ///< main: begin nothing new, close what is open

  /// Of a number that all workers share evenly.
  [[nodiscard]] std::uint32_t of(std::uint32_t all) const noexcept {
    return all / workers + (worker < all % workers ? 1 : 0);
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
    bool open = false, closing = false, listed = false;
    std::uint8_t in_flight = 0, first = 0;  // of the starts
    std::uint64_t left = 0;                 // requests that it may still begin
    Instant began{};
    Instant due{};  // of its first request, in an open loop of connections
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
  [[nodiscard]] bool is_stream() const noexcept {
    return plan_.mode == Mode::upload || plan_.mode == Mode::download;
  }
  [[nodiscard]] std::uint32_t wanted(Instant now) const noexcept;
  std::uint32_t open_calls(Pipeline& pipeline, Instant now) noexcept;
  [[nodiscard]] bool begin_call(Pipeline& pipeline, Instant due, Instant now) noexcept;
  std::uint32_t ask_when_due(Pipeline& pipeline, Instant now) noexcept;
  std::uint32_t close_calls(Pipeline& pipeline, Instant now) noexcept;
  void go_on(Call& call, Connection& connection) noexcept;
  [[nodiscard]] bool ask(Call& call, Connection& connection, Instant due) noexcept;
  void close(Call& call, Connection& connection) noexcept;

  const LoadPlan& plan_;
  Share share_;
  LoadCounters counters_;
  std::unique_ptr<Conversation> conversation_;
  std::vector<Call> calls_;
  std::vector<Instant> starts_;  // of the requests in flight, `pipeline` a call
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> idle_;  // open loop: calls that may have room for a request
  std::deque<Instant> due_;          // open loop: requests or connections that wait for a call
  std::optional<Pace> pace_;
  bool paces_connections_ = false;
  Instant started_{};
  bool begun_ = false, paces_ = false;
  std::uint64_t next_tuple_ = 0, salt_ = 0;
  std::uint32_t closed_up_to_ = 0;
};

}  // namespace weir::load
