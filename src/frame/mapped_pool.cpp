// A stack of buffers over one mapping.
#include "frame/mapped_pool.hpp"

namespace weir {

const FramePoolOps MappedPool::kOps{&MappedPool::allocate, &MappedPool::release,
                                    &MappedPool::available};

MappedPool::MappedPool(std::uint32_t count, std::uint32_t data_room, std::uint32_t headroom)
    : data_room_(data_room),
      headroom_(headroom),
      memory_(std::size_t{count} * data_room),
      pool_(kOps, this, count, Buffers::for_work) {
  free_.reserve(count);
  for (std::uint32_t i = count; i != 0; --i) {
    free_.push_back(static_cast<std::uint8_t*>(memory_.data()) + std::size_t{i - 1} * data_room);
  }
}

MappedPool::~MappedPool() {
  assert(free_.size() == pool_.capacity() && "frames outlive their pool");
}

std::uint32_t MappedPool::allocate(void* self, Frame* out, std::uint32_t n) noexcept {
  auto& pool = *static_cast<MappedPool*>(self);
  std::uint32_t made = 0;
  for (; made < n && !pool.free_.empty(); ++made) {
    std::uint8_t* const base = pool.free_.back();
    pool.free_.pop_back();
    out[made] = Frame(pool.pool_, base, base, pool.data_room_, pool.headroom_, 0);
  }
  return made;
}

void MappedPool::release(void* self, void* const* handles, std::uint32_t n) noexcept {
  auto& pool = *static_cast<MappedPool*>(self);
  for (std::uint32_t i = 0; i < n; ++i) {
    pool.free_.push_back(static_cast<std::uint8_t*>(handles[i]));
  }
}

std::uint32_t MappedPool::available(const void* self) noexcept {
  return static_cast<std::uint32_t>(static_cast<const MappedPool*>(self)->free_.size());
}

}  // namespace weir
