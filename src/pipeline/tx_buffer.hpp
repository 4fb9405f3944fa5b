// Frames on their way out of one port: what the port refuses stays first in line.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <span>

#include "frame/frame.hpp"

namespace weir {

/// A ring of frames. Its worker alone uses it.
class TxBuffer {
 public:
  static constexpr std::uint32_t kCapacity = 1024;  // a power of two

  [[nodiscard]] std::uint32_t size() const noexcept { return tail_ - head_; }
  [[nodiscard]] bool empty() const noexcept { return tail_ == head_; }
  [[nodiscard]] std::uint32_t room() const noexcept { return kCapacity - size(); }

  /// There is room.
  void push(Frame&& frame) noexcept {
    assert(room() != 0);
    // The place is empty: there is nothing to give back before.
    std::construct_at(&(*frames_)[tail_++ % kCapacity], std::move(frame));
  }
  /// The longest run from the front that lies in one piece.
  [[nodiscard]] std::span<Frame> front() noexcept {
    const std::uint32_t at = head_ % kCapacity;
    const std::uint32_t n = size() < kCapacity - at ? size() : kCapacity - at;
    return {frames_->data() + at, n};
  }
  /// The first `n` frames have left.
  void pop(std::uint32_t n) noexcept {
    assert(n <= size());
    head_ += n;
  }

 private:
  std::unique_ptr<std::array<Frame, kCapacity>> frames_ =
      std::make_unique<std::array<Frame, kCapacity>>();
  std::uint32_t head_ = 0, tail_ = 0;
};

}  // namespace weir
