// A pool's three operations on a vector of pointers.
#include "frame/buffer_stack.hpp"

#include <algorithm>

#include <cassert>

namespace weir {

const FramePoolOps BufferStack::kOps{&BufferStack::allocate, &BufferStack::release,
                                     &BufferStack::available, &BufferStack::attach,
                                     &BufferStack::copy_behind};

BufferStack::BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom,
                         Buffers buffers)
    : data_room_(data_room), headroom_(headroom), pool_(kOps, this, capacity, buffers) {
  free_.reserve(capacity);
}

BufferStack::~BufferStack() {
  assert(free_.size() == pool_.capacity() && "frames outlive their pool");
  for (const std::uint8_t* buffer : free_) expose(buffer, data_room_);
}

void BufferStack::put(std::uint8_t* buffer) noexcept {
  free_.push_back(buffer);
  hide(buffer, data_room_);
}

std::uint32_t BufferStack::allocate(void* self, Frame* out, std::uint32_t n) noexcept {
  auto& stack = *static_cast<BufferStack*>(self);
  std::uint32_t made = 0;
  for (; made < n && !stack.free_.empty(); ++made) {
    std::uint8_t* const base = stack.free_.back();
    stack.free_.pop_back();
    // Whoever puts a packet together writes where no bytes of the frame are yet.
    if (!stack.pool_.can_leave()) expose(base, stack.data_room_);
    out[made] = Frame(stack.pool_, base, base, stack.data_room_, stack.headroom_, 0);
  }
  return made;
}

void BufferStack::release(void* self, void* const* handles, std::uint32_t n) noexcept {
  auto& stack = *static_cast<BufferStack*>(self);
  for (std::uint32_t i = 0; i < n; ++i) {
    if (!stack.behind_.empty()) stack.behind_.erase(handles[i]);
    stack.put(static_cast<std::uint8_t*>(handles[i]));
  }
}

std::uint32_t BufferStack::available(const void* self) noexcept {
  return static_cast<const BufferStack*>(self)->free();
}

bool BufferStack::attach(void* self, Frame& frame, const TextExtent& text) noexcept {
  static_cast<BufferStack*>(self)->behind_[frame.handle()].push_back(text);
  frame.set_behind(frame.behind() + static_cast<std::uint32_t>(text.bytes.size()));
  return true;
}

std::uint32_t BufferStack::copy_behind(const void* self, const Frame& frame,
                                       std::span<std::uint8_t> out) noexcept {
  std::uint32_t done = 0;
  for (const TextExtent& text : static_cast<const BufferStack*>(self)->behind(frame)) {
    const std::size_t n = std::min(text.bytes.size(), out.size() - done);
    std::copy_n(text.bytes.data(), n, out.data() + done);
    done += static_cast<std::uint32_t>(n);
  }
  return done;
}

std::span<const TextExtent> BufferStack::behind(const Frame& frame) const {
  const auto found = behind_.find(frame.handle());
  return found == behind_.end() ? std::span<const TextExtent>() : found->second;
}

}  // namespace weir
