// The part that both pools in memory share: free buffers, last in, first out.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "frame/frame.hpp"

namespace weir {

/// Hands out buffers of `data_room` bytes that its owner puts in; a fresh frame starts at
/// `headroom`. What is free is hidden (base/poison.hpp), and of buffers for ports also what lies
/// outside a frame's bytes. One thread.
class BufferStack {
 public:
  BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom,
              Buffers buffers);
  ~BufferStack();
  BufferStack(const BufferStack&) = delete;
  BufferStack& operator=(const BufferStack&) = delete;

  /// At the beginning, `capacity` times. The memory outlives this.
  void put(std::uint8_t* buffer) noexcept;

  [[nodiscard]] FramePool& pool() noexcept { return pool_; }
  /// What hangs on a frame of this pool (FramePool::attach), in order. Nothing is held: look before
  /// its owner lets go of it.
  [[nodiscard]] std::span<const TextExtent> behind(const Frame& frame) const;
  [[nodiscard]] std::uint32_t free() const noexcept {
    return static_cast<std::uint32_t>(free_.size());
  }

 private:
  static std::uint32_t allocate(void* self, Frame* out, std::uint32_t n) noexcept;
  static void release(void* self, void* const* handles, std::uint32_t n) noexcept;
  static std::uint32_t available(const void* self) noexcept;
  static bool attach(void* self, Frame& frame, const TextExtent& text) noexcept;
  static std::uint32_t copy_behind(const void* self, const Frame& frame,
                                   std::span<std::uint8_t> out) noexcept;
  static const FramePoolOps kOps;

  std::uint32_t data_room_, headroom_;
  std::vector<std::uint8_t*> free_;                                  // the warmest is on top
  std::unordered_map<const void*, std::vector<TextExtent>> behind_;  // by buffer
  FramePool pool_;
};

}  // namespace weir
