// A pool of large buffers for work in memory: what is longer than any frame of a port.
#pragma once

#include <cstdint>

#include "base/mapped_memory.hpp"
#include "frame/buffer_stack.hpp"

namespace weir {

/// `count` buffers of `data_room` bytes, side by side, whose pages appear on first touch: a pool
/// that nobody uses costs address space. No port can send them. One thread.
class MappedPool {
 public:
  MappedPool(std::uint32_t count, std::uint32_t data_room, std::uint32_t headroom);
  MappedPool(const MappedPool&) = delete;
  MappedPool& operator=(const MappedPool&) = delete;

  [[nodiscard]] FramePool& pool() noexcept { return stack_.pool(); }

 private:
  MappedMemory memory_;
  BufferStack stack_;
};

}  // namespace weir
