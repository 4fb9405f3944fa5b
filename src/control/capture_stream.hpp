// A capture on its way to a client: drained from the workers' rings, in order of time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "control/engine_view.hpp"
#include "control/server_client.hpp"
#include "control/worker_taps.hpp"

namespace weir {

/// A frame of a capture, as those who write it down see it.
struct CapturedFrame {
  FrameRecordView record;
  std::uint16_t worker = 0;
  std::int64_t time_ns = 0;  ///< since 1970, UTC
};

/// How a capture is written: pcapng, or a line of JSON a frame.
class CaptureFormat {
 public:
  virtual ~CaptureFormat() = default;
  virtual void begin(std::string& out) = 0;
  virtual void add(std::string& out, const CapturedFrame& frame) = 0;

  struct End {
    std::uint64_t written = 0, matched = 0, lost = 0;
    std::string_view because;  ///< count, seconds, bytes or client
    std::int64_t time_ns = 0;
  };
  virtual void end(std::string& out, const End& how) = 0;
};

/// When a capture ends by itself.
struct CaptureLimits {
  std::uint64_t frames = 0, bytes = 0;
  std::chrono::nanoseconds time{};
};

/// Control's thread. Frames of one worker are in order; those of several are as far as they have
/// arrived, a few milliseconds' worth each time.
class CaptureStream final : public ReplyStream {
 public:
  /// Throws NotNow when a worker takes no capture.
  CaptureStream(EngineView& engine, const TapWish& wish,
                const std::shared_ptr<const FrameFilter>& filter, const CaptureLimits& limits,
                std::unique_ptr<CaptureFormat> format);
  std::optional<std::string> more(bool finish) override;
  /// Workers are left alone when the time is over, whether or not the client reads.
  void tick(Unread) override;

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::int64_t time_of(std::uint64_t cycles);
  [[nodiscard]] std::string_view ending(bool finish) const;
  [[nodiscard]] bool drain(std::string& out);

  EngineView& engine_;
  CaptureLimits limits_;
  std::unique_ptr<CaptureFormat> format_;
  WorkerTaps taps_;
  Clock::time_point begun_ = Clock::now();
  std::uint64_t written_ = 0, bytes_ = 0;
  // One reading of both clocks a piece, so that distances between frames are the counter's own.
  std::uint64_t origin_cycles_ = 0;
  std::int64_t origin_ns_ = 0;
  std::string_view because_;  // why it ends
  bool opened_ = false, over_ = false;
};

}  // namespace weir
