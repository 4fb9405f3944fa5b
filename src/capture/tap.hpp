// A worker's observer: it hands each frame to those captures that want it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "capture/tap_sink.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/observer.hpp"

namespace weir {

/// One worker's, used on its thread: it is told of sinks between two rounds.
class Tap final : public Observer {
 public:
  static constexpr std::size_t kMostSinks = 4;

  /// `counters` are the worker's own; `cycles` reads the time stamp counter.
  Tap(const WorkerCounters& counters, std::uint64_t (*cycles)() noexcept)
      : counters_(counters), cycles_(cycles) {}

  /// False when there are kMostSinks already.
  [[nodiscard]] bool add(std::shared_ptr<TapSink> sink) noexcept;
  /// Gives it back, or nullptr when it was not there: freeing it is not the worker's work.
  [[nodiscard]] std::shared_ptr<TapSink> remove(const TapSink* sink) noexcept;
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  bool wants(const Frame& frame) noexcept override;
  void begin(const Frame& frame) noexcept override;
  void reached(Progress progress) noexcept override;
  void end(const Observation& what) noexcept override;
  void handed_over() noexcept override;
  void leaving(std::span<const Frame> frames) noexcept override;
  void left(std::uint32_t n) noexcept override;

 private:
  void read_counters(MibReading& out) const noexcept;

  const WorkerCounters& counters_;
  std::uint64_t (*cycles_)() noexcept;
  std::array<std::shared_ptr<TapSink>, kMostSinks> sinks_;
  std::size_t count_ = 0;
  std::array<bool, kMostSinks> wanted_{};  // by the sinks, of the frame that is looked at
  bool story_ = false;                     // some of them want to know how it went
  FrameRecord seen_;
  MibReading before_{}, after_{};
};

}  // namespace weir
