// A capture of all that a stack in memory receives and sends, and what must hold of it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "capture/tap.hpp"

namespace weir::test {

/// One record of the capture, kept.
struct WatchedFrame {
  FrameRecord head;
  std::vector<std::uint8_t> bytes;
  std::vector<CounterStep> steps;
};

/// Asserts, each time it looks, that every received frame was told of once, with points in time in
/// order, and that no more were dropped by its account than by the counters.
class Watcher {
 public:
  explicit Watcher(const WorkerCounters& counters, TapWish wish = all());

  [[nodiscard]] Tap& tap() noexcept { return tap_; }
  [[nodiscard]] TapSink& sink() noexcept { return *sink_; }
  /// For whoever stands in for a port that takes all that it is offered.
  void sends(std::span<const Frame> frames);
  void look();
  /// What was seen since anybody took it.
  [[nodiscard]] std::vector<WatchedFrame> take() { return std::exchange(kept_, {}); }

 private:
  static TapWish all();
  void check(const FrameRecordView& record);

  const WorkerCounters& counters_;
  Tap tap_;
  std::shared_ptr<TapSink> sink_;
  std::uint64_t received_ = 0;
  std::array<std::uint64_t, kDropCount> dropped_{};
  std::vector<WatchedFrame> kept_;
};

}  // namespace weir::test
