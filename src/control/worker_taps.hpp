// One capture at all workers: a sink at each, and their frames as one sequence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "capture/tap_sink.hpp"
#include "control/engine_view.hpp"

namespace weir {

/// Control's thread.
class WorkerTaps {
 public:
  /// Attaches a sink to every worker. Throws NotNow when one takes none; then none has any.
  WorkerTaps(EngineView& engine, const TapWish& wish,
             const std::shared_ptr<const FrameFilter>& filter,
             std::size_t ring_bytes = TapSink::kRingBytes);
  ~WorkerTaps() { detach(); }
  WorkerTaps(const WorkerTaps&) = delete;
  WorkerTaps& operator=(const WorkerTaps&) = delete;

  /// Workers are left alone; what they have written is still there.
  void detach();

  /// The worker whose next frame is the oldest; nothing when there is no frame.
  [[nodiscard]] std::optional<std::uint16_t> oldest();
  [[nodiscard]] FrameRecordView front(std::uint16_t worker);
  void pop(std::uint16_t worker) { sinks_[worker]->ring().pop(); }

  /// Frames that were wanted, and those of them that found no room.
  [[nodiscard]] std::uint64_t matched() const noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  EngineView& engine_;
  std::vector<std::shared_ptr<TapSink>> sinks_;  // by worker
  bool detached_ = false;
};

}  // namespace weir
