// One capture's end at one worker: what it wants, and the ring that it gets it by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/counter.hpp"
#include "base/mib.hpp"
#include "capture/byte_ring.hpp"
#include "capture/frame_filter.hpp"
#include "capture/frame_record.hpp"
#include "frame/burst.hpp"

namespace weir {

/// What a capture wants to see.
struct TapWish {
  bool received = true, sent = true;
  bool refused_only = false;     ///< received frames that are dropped, or answered for a reason
  std::optional<Drop> reason{};  ///< with refused_only: for that one
  std::optional<std::uint8_t> port{};
  std::uint32_t most_bytes = 65'535;  ///< of a frame
  bool story = false;                 ///< points in time and counters too
};

/// The reading of every protocol counter of a worker.
using MibReading = std::array<std::uint64_t, kMibCount>;

/// Written by one worker, read by the control thread. A frame for which the ring has no room is
/// counted in lost(); no buffer of the engine is ever kept.
class TapSink {
 public:
  static constexpr std::size_t kRingBytes = 4U << 20;

  /// Without a filter every frame matches.
  TapSink(const TapWish& wish, std::shared_ptr<const FrameFilter> filter,
          std::size_t ring_bytes = kRingBytes)
      : wish_(wish), filter_(std::move(filter)), ring_(ring_bytes) {}

  [[nodiscard]] const TapWish& wish() const noexcept { return wish_; }
  [[nodiscard]] ByteRing& ring() noexcept { return ring_; }  ///< for its reader
  /// Frames that were wanted, and those of them that found no room. Any thread.
  [[nodiscard]] std::uint64_t matched() const noexcept { return matched_.get(); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.get(); }

  // For the tap, on the worker's thread.

  [[nodiscard]] bool wants(const Frame& frame, Direction direction) const noexcept;
  void begin(const Frame& frame, std::uint64_t cycles) noexcept;
  /// `head` has points in time and outcome; `before` and `after` are read for a story alone.
  void end(const FrameRecord& head, const MibReading& before, const MibReading& after) noexcept;
  void handed_over() noexcept { ring_.rewind(published_); }
  void leaving(std::span<const Frame> frames, std::uint64_t cycles) noexcept;
  void left(std::uint32_t n) noexcept;

 private:
  [[nodiscard]] std::span<std::uint8_t> write(const Frame& frame, const FrameRecord& head) noexcept;
  [[nodiscard]] bool wants_outcome(const Outcome& outcome) const noexcept;

  TapWish wish_;
  std::shared_ptr<const FrameFilter> filter_;
  ByteRing ring_;
  Counter matched_, lost_;

  // The worker's own, about the frames that it is at.
  struct Leaving {
    ByteRing::Position end = 0;
    bool wanted = false, lost = false;
  };
  std::span<std::uint8_t> open_;  // the record of the received frame
  ByteRing::Position published_ = 0;
  std::array<Leaving, kMaxBurst> leaving_;
};

}  // namespace weir
