// A burst: up to 64 frames that travel together, reused round after round.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <span>

#include "frame/frame.hpp"

namespace weir {

inline constexpr std::uint32_t kMaxBurst = 64;

/// A fixed array of frames and how many of them are there. Not shared between threads.
class Burst {
 public:
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == kMaxBurst; }
  [[nodiscard]] std::uint32_t room() const noexcept { return kMaxBurst - size_; }
  [[nodiscard]] Frame& operator[](std::uint32_t i) noexcept {
    assert(i < size_);
    return frames_[i];
  }
  void push(Frame&& frame) noexcept {
    assert(!full());
    frames_[size_++] = std::move(frame);
  }
  [[nodiscard]] std::span<Frame> frames() noexcept { return {frames_.data(), size_}; }
  [[nodiscard]] Frame* begin() noexcept { return frames_.data(); }
  [[nodiscard]] Frame* end() noexcept { return frames_.data() + size_; }

  /// Gives every buffer back, pool by pool in bulk.
  void clear() noexcept;
  /// Forgets the first `n` frames, whose buffers somebody has taken, and moves the others up.
  void remove_front(std::uint32_t n) noexcept;

 private:
  std::array<Frame, kMaxBurst> frames_;
  std::uint32_t size_ = 0;
};

}  // namespace weir
