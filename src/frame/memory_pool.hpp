// A pool in plain memory: what tests and benchmarks use where the daemon uses a DPDK mempool.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "frame/text_stack.hpp"

namespace weir {

/// `count` buffers of `data_room` bytes; a fresh frame starts at `headroom`. Each buffer is an
/// allocation of its own, and what lies outside a frame's bytes is hidden, so that the address
/// sanitizer sees a read past a frame and one after its release. One thread.
class MemoryPool {
 public:
  explicit MemoryPool(std::uint32_t count, std::uint16_t data_room = 2304,
                      std::uint16_t headroom = 128);
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  [[nodiscard]] FramePool& pool() noexcept { return stack_.pool(); }
  /// A frame with a copy of `bytes`, or an empty one when the pool is exhausted.
  [[nodiscard]] Frame make(std::span<const std::uint8_t> bytes) noexcept;
  /// What hangs on frames.
  [[nodiscard]] TextStack& texts() noexcept { return stack_; }
  [[nodiscard]] std::span<const TextExtent> behind(const Frame& frame) const {
    return stack_.behind(frame);
  }
  [[nodiscard]] std::uint32_t in_use() const noexcept {
    return static_cast<std::uint32_t>(buffers_.size()) - stack_.free();
  }

 private:
  std::vector<std::unique_ptr<std::uint8_t[]>> buffers_;
  TextStack stack_;
};

}  // namespace weir
