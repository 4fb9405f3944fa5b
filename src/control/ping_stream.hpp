// Asking a host once a second, on the data plane, and telling how long its answers took.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "control/engine_view.hpp"
#include "control/server_client.hpp"
#include "control/worker_taps.hpp"

namespace weir {

/// What is asked: an echo, or where the host is on the link (ARP, neighbour discovery).
enum class PingKind : std::uint8_t { echo, neighbour };

struct PingOrder {
  PingKind kind = PingKind::echo;
  std::uint8_t port = 0;
  Address source, destination;
  std::uint64_t count = 4;
};

/// Workers take echo replies with that identifier as wanted while it lives. There can be one at a
/// time: a worker knows one identifier.
class ExpectedEcho {
 public:
  /// `identifier` is not 0.
  ExpectedEcho(EngineView& engine, std::uint16_t identifier)
      : engine_(engine), identifier_(identifier) {
    engine.expect_echo(identifier);
  }
  ~ExpectedEcho() { engine_.expect_echo(0); }
  ExpectedEcho(const ExpectedEcho&) = delete;
  ExpectedEcho& operator=(const ExpectedEcho&) = delete;
  [[nodiscard]] std::uint16_t identifier() const noexcept { return identifier_; }

 private:
  EngineView& engine_;
  std::uint16_t identifier_;
};

/// A line of JSON an answer or a second without one, which says whether the question left at all,
/// and one at the end. Times are from the
/// request's leaving to the answer's arrival, both as a capture of ours sees them. Control's
/// thread.
class PingStream final : public ReplyStream {
 public:
  /// `expected`: of an echo. Throws NotNow when a worker takes no capture.
  PingStream(EngineView& engine, const PingOrder& order,
             std::shared_ptr<const ExpectedEcho> expected);
  std::optional<std::string> more(bool finish) override;

 private:
  using Clock = std::chrono::steady_clock;

  void ask();
  void look(std::string& out);
  void take(const FrameRecordView& record, std::string& out);
  void tell(std::string& out, std::optional<double> us, const std::string& mac);
  [[nodiscard]] bool has_asked() const;
  void end(std::string& out) const;

  EngineView& engine_;
  PingOrder order_;
  std::uint16_t identifier_, vlan_;
  std::shared_ptr<const ExpectedEcho> expected_;
  WorkerTaps taps_;
  std::shared_ptr<const FrameFilter> answer_;  // to the last question
  std::uint64_t asked_ = 0, unsent_ = 0, answered_ = 0;
  bool accepted_ = false;              // the last question, by worker 0
  bool waiting_ = false;               // for the answer to the last one
  std::optional<std::uint64_t> left_;  // the counter when its request left
  Clock::time_point next_ = Clock::now();
  double least_ = 0, most_ = 0, sum_ = 0;  // microseconds
  bool over_ = false;
};

}  // namespace weir
