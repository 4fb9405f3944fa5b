// A pool of large buffers for work in memory: what is longer than any frame of a port.
#pragma once

#include <cstdint>
#include <vector>

#include "base/mapped_memory.hpp"
#include "frame/frame.hpp"

namespace weir {

/// `count` buffers of `data_room` bytes, side by side, whose pages appear on first touch: a pool
/// that nobody uses costs address space. No port can send them. One thread.
class MappedPool {
 public:
  MappedPool(std::uint32_t count, std::uint32_t data_room, std::uint32_t headroom);
  ~MappedPool();
  MappedPool(const MappedPool&) = delete;
  MappedPool& operator=(const MappedPool&) = delete;

  [[nodiscard]] FramePool& pool() noexcept { return pool_; }

 private:
  static std::uint32_t allocate(void* self, Frame* out, std::uint32_t n) noexcept;
  static void release(void* self, void* const* handles, std::uint32_t n) noexcept;
  static std::uint32_t available(const void* self) noexcept;
  static const FramePoolOps kOps;

  std::uint32_t data_room_, headroom_;
  MappedMemory memory_;
  std::vector<std::uint8_t*> free_;  // last in, first out: what was touched is touched again
  FramePool pool_;
};

}  // namespace weir
