// Bulk release, and closing the gap that a partly accepted burst leaves.
#include "frame/burst.hpp"

namespace weir {

void Burst::clear() noexcept {
  std::array<void*, kMaxBurst> handles;
  std::uint32_t n = 0;
  FramePool* pool = nullptr;
  for (Frame& frame : frames()) {
    if (!frame) continue;
    if (frame.pool() != pool) {
      if (n != 0) pool->release(handles.data(), n);
      n = 0;
      pool = frame.pool();
    }
    handles[n++] = frame.detach();
  }
  if (n != 0) pool->release(handles.data(), n);
  size_ = 0;
}

void Burst::remove_front(std::uint32_t n) noexcept {
  assert(n <= size_);
  if (n == 0) return;
  for (std::uint32_t i = n; i < size_; ++i) frames_[i - n] = std::move(frames_[i]);
  for (std::uint32_t i = size_ - n; i < size_; ++i) frames_[i].reset();
  size_ -= n;
}

}  // namespace weir
