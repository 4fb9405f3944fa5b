// Metrics as the daemon has them: readings each second, and the listener.
#pragma once

#include <memory>
#include <string>

#include "metrics/listener.hpp"
#include "metrics/reading.hpp"

namespace weir {

/// Control's thread.
class Metrics {
 public:
  /// Takes the first reading. `engine` and `facts` outlive it.
  Metrics(EngineView& engine, const ControlFacts& facts, MetricsCollector::Sources sources)
      : collector_(engine, facts, std::move(sources)), board_(take()) {}

  /// The error is a sentence, and no reason to end: everything else works.
  [[nodiscard]] Result<bool> listen(const KernelListen& where) {
    auto started = MetricsListener::start(where, board_);
    if (!started) return started.error();
    listener_ = std::move(started).value();
    return true;
  }
  void stop_listening() { listener_.reset(); }

  /// About once a second: what is answered from now on.
  void every_second() {
    board_.put(take());
    if (listener_) listener_->cut_slow(std::chrono::steady_clock::now());
  }
  /// What comes now takes long: until then no probe calls it a hang.
  void excuse_until(MetricsReading::Time until) {
    auto reading = std::make_shared<MetricsReading>(*board_.get());
    reading->excused_until = until;
    board_.put(std::move(reading));
  }
  /// The text of /metrics of this moment.
  [[nodiscard]] std::string text();

 private:
  [[nodiscard]] std::shared_ptr<const MetricsReading> take() {
    return collector_.take(std::chrono::steady_clock::now());
  }

  MetricsCollector collector_;
  MetricsBoard board_;
  std::unique_ptr<MetricsListener> listener_;  // goes first: it reads the board
};

}  // namespace weir
