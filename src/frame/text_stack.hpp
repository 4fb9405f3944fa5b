// Buffers in memory on whose frames text may hang, as it does on a NIC's.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "frame/buffer_stack.hpp"

namespace weir {

/// What tests and benchmarks send from: a port in memory reads behind() what a NIC would.
class TextStack {
 public:
  TextStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom)
      : stack_(capacity, data_room, headroom, kOps, this) {}

  /// As those of BufferStack.
  void put(std::uint8_t* buffer) noexcept { stack_.put(buffer); }
  [[nodiscard]] FramePool& pool() noexcept { return stack_.pool(); }
  [[nodiscard]] std::uint32_t free() const noexcept { return stack_.free(); }

  /// What hangs on a frame of this pool (FramePool::attach), in order. Nothing is held: look before
  /// its owner lets go of it.
  [[nodiscard]] std::span<const TextExtent> behind(const Frame& frame) const;
  /// From now on, or until the other one: as if there were no buffers to hang text on.
  void refuse_text() noexcept { takes_text_ = false; }
  void take_text() noexcept { takes_text_ = true; }

 private:
  static std::uint32_t allocate(void* self, Frame* out, std::uint32_t n) noexcept;
  static void release(void* self, void* const* handles, std::uint32_t n) noexcept;
  static std::uint32_t available(const void* self) noexcept;
  static bool attach(void* self, Frame& frame, std::span<const TextExtent> texts) noexcept;
  static std::uint32_t copy_behind(const void* self, const Frame& frame,
                                   std::span<std::uint8_t> out) noexcept;
  static const FramePoolOps kOps;

  std::unordered_map<const void*, std::vector<TextExtent>> behind_;  // by buffer
  bool takes_text_ = true;
  BufferStack stack_;
};

}  // namespace weir
