// A pool in plain memory: what tests and benchmarks use where the daemon uses a DPDK mempool.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "frame/frame.hpp"

namespace weir {

/// `count` buffers of `data_room` bytes; a fresh frame starts at `headroom`. Each buffer is an
/// allocation of its own, and what lies outside a frame's bytes is hidden, so that the address
/// sanitizer sees a read past a frame and one after its release. One thread.
class MemoryPool {
 public:
  explicit MemoryPool(std::uint32_t count, std::uint16_t data_room = 2304,
                      std::uint16_t headroom = 128);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  [[nodiscard]] FramePool& pool() noexcept { return pool_; }
  /// A frame with a copy of `bytes`, or an empty one when the pool is exhausted.
  [[nodiscard]] Frame make(std::span<const std::uint8_t> bytes) noexcept;
  [[nodiscard]] std::uint32_t in_use() const noexcept {
    return count_ - static_cast<std::uint32_t>(free_.size());
  }

 private:
  static std::uint32_t allocate(void* self, Frame* out, std::uint32_t n) noexcept;
  static void release(void* self, void* const* handles, std::uint32_t n) noexcept;
  static std::uint32_t available(const void* self) noexcept;
  static const FramePoolOps kOps;

  std::uint32_t count_;
  std::uint16_t data_room_, headroom_;
  std::vector<std::unique_ptr<std::uint8_t[]>> buffers_;
  std::vector<std::uint8_t*> free_;  // last in, first out: the warmest buffer first
  FramePool pool_;
};

}  // namespace weir
