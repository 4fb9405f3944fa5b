// Buffers from the heap, made at construction.
#include "frame/memory_pool.hpp"

#include <cstring>

namespace weir {

MemoryPool::MemoryPool(std::uint32_t count, std::uint16_t data_room, std::uint16_t headroom)
    : stack_(count, data_room, headroom) {
  buffers_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    buffers_.push_back(std::make_unique<std::uint8_t[]>(data_room));
    stack_.put(buffers_.back().get());
  }
}

Frame MemoryPool::make(std::span<const std::uint8_t> bytes) noexcept {
  Frame frame = pool().allocate();
  if (!frame) return frame;
  assert(bytes.size() <= frame.tailroom());
  if (!bytes.empty()) {
    std::memcpy(frame.append(static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  }
  return frame;
}

}  // namespace weir
