// Buffers from the heap, made at construction, kept in a stack.
#include "frame/memory_pool.hpp"

#include <cstring>

namespace weir {

const FramePoolOps MemoryPool::kOps{&MemoryPool::allocate, &MemoryPool::release,
                                    &MemoryPool::available};

MemoryPool::MemoryPool(std::uint32_t count, std::uint16_t data_room, std::uint16_t headroom)
    : count_(count), data_room_(data_room), headroom_(headroom), pool_(kOps, this, count) {
  buffers_.reserve(count);
  free_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    buffers_.push_back(std::make_unique<std::uint8_t[]>(data_room));
    free_.push_back(buffers_.back().get());
    hide(free_.back(), data_room);
  }
}

MemoryPool::~MemoryPool() { assert(in_use() == 0 && "frames outlive their pool"); }

Frame MemoryPool::make(std::span<const std::uint8_t> bytes) noexcept {
  Frame frame = pool_.allocate();
  if (!frame) return frame;
  assert(bytes.size() <= frame.tailroom());
  if (!bytes.empty()) {
    std::memcpy(frame.append(static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  }
  return frame;
}

std::uint32_t MemoryPool::allocate(void* self, Frame* out, std::uint32_t n) noexcept {
  auto& pool = *static_cast<MemoryPool*>(self);
  std::uint32_t made = 0;
  for (; made < n && !pool.free_.empty(); ++made) {
    std::uint8_t* const base = pool.free_.back();
    pool.free_.pop_back();
    out[made] = Frame(pool.pool_, base, base, pool.data_room_, pool.headroom_, 0);
  }
  return made;
}

void MemoryPool::release(void* self, void* const* handles, std::uint32_t n) noexcept {
  auto& pool = *static_cast<MemoryPool*>(self);
  for (std::uint32_t i = 0; i < n; ++i) {
    pool.free_.push_back(static_cast<std::uint8_t*>(handles[i]));
    hide(handles[i], pool.data_room_);
  }
}

std::uint32_t MemoryPool::available(const void* self) noexcept {
  return static_cast<std::uint32_t>(static_cast<const MemoryPool*>(self)->free_.size());
}

}  // namespace weir
