// A pool's operations on a vector of pointers.
#include "frame/buffer_stack.hpp"

#include <cassert>

namespace weir {

const FramePoolOps BufferStack::kOps{
    [](void* self, Frame* out, std::uint32_t n) noexcept {
      return static_cast<BufferStack*>(self)->allocate(out, n);
    },
    [](void* self, void* const* handles, std::uint32_t n) noexcept {
      static_cast<BufferStack*>(self)->release(handles, n);
    },
    [](const void* self) noexcept { return static_cast<const BufferStack*>(self)->free(); }};

BufferStack::BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom)
    : data_room_(data_room), headroom_(headroom), pool_(kOps, this, capacity, Buffers::for_work) {
  free_.reserve(capacity);
}

BufferStack::BufferStack(std::uint32_t capacity, std::uint32_t data_room, std::uint32_t headroom,
                         const FramePoolOps& ops, void* self)
    : data_room_(data_room), headroom_(headroom), pool_(ops, self, capacity, Buffers::for_ports) {
  free_.reserve(capacity);
}

BufferStack::~BufferStack() {
  assert(free_.size() == pool_.capacity() && "frames outlive their pool");
  for (const std::uint8_t* buffer : free_) expose(buffer, data_room_);
}

std::uint32_t BufferStack::allocate(Frame* out, std::uint32_t n) noexcept {
  std::uint32_t made = 0;
  for (; made < n && !free_.empty(); ++made) {
    std::uint8_t* const base = free_.back();
    free_.pop_back();
    // Whoever puts a packet together writes where no bytes of the frame are yet.
    if (!pool_.can_leave()) expose(base, data_room_);
    out[made] = Frame(pool_, base, base, data_room_, headroom_, 0);
  }
  return made;
}

}  // namespace weir
