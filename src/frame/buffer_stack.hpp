// The part that pools in memory share: free buffers, last in, first out.
#pragma once

#include <cstdint>
#include <vector>

#include "frame/frame.hpp"

namespace weir {

/// Hands out buffers of `data_room` bytes that its owner puts in; a fresh frame starts at
/// `headroom`. What is free is hidden (base/poison.hpp), and of buffers for ports also what lies
/// outside a frame's bytes. One thread.
class BufferStack {
 public:
  /// Of buffers for work in memory, which no port can send.
  BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom);
  /// Of buffers for ports, by operations of its owner, `self`.
  BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom,
              const FramePoolOps& ops, void* self);
  ~BufferStack();
  BufferStack(const BufferStack&) = delete;
  BufferStack& operator=(const BufferStack&) = delete;

  /// At the beginning, `capacity` times. The memory outlives this.
  void put(std::uint8_t* buffer) noexcept {
    free_.push_back(buffer);
    hide(buffer, data_room_);
  }

  [[nodiscard]] FramePool& pool() noexcept { return pool_; }
  [[nodiscard]] std::uint32_t free() const noexcept {
    return static_cast<std::uint32_t>(free_.size());
  }

  /// FramePoolOps, for the owner's.
  [[nodiscard]] std::uint32_t allocate(Frame* out, std::uint32_t n) noexcept;
  void release(void* const* handles, std::uint32_t n) noexcept {
    for (std::uint32_t i = 0; i < n; ++i) put(static_cast<std::uint8_t*>(handles[i]));
  }

 private:
  static const FramePoolOps kOps;

  std::uint32_t data_room_, headroom_;
  std::vector<std::uint8_t*> free_;  // the warmest is on top
  FramePool pool_;
};

}  // namespace weir
