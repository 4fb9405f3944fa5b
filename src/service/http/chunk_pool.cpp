#include "service/http/chunk_pool.hpp"

#include <atomic>
#include <cassert>
#include <utility>

namespace weir {

void ChunkPool::furnish(std::span<TransmitMemory* const> memories) noexcept {
  for (TransmitMemory* const memory : memories) {
    assert(memory->bytes().size() >= kChunkBytes && chunks_.size() < chunks_.capacity());
    free_.push_back(size());
    chunks_.push_back({memory});
  }
}

void ChunkPool::look_at_lent() noexcept {
  if (oldest_ == kNoId && !resting_.pop(oldest_)) return;
  if (chunks_[oldest_].memory->in_use()) return;
  // The port's last look at it comes before whatever is read into it.
  std::atomic_thread_fence(std::memory_order_acquire);
  chunks_[oldest_].lent = false;
  --lent_;
  free_.push_back(std::exchange(oldest_, kNoId));
}

std::uint32_t ChunkPool::take() noexcept {
  look_at_lent();  // one for one is enough
  if (free_.empty()) return kNoId;
  const std::uint32_t chunk = free_.back();
  free_.pop_back();
  return chunk;
}

void ChunkPool::give_back(std::uint32_t chunk) noexcept {
  if (!chunks_[chunk].lent) return free_.push_back(chunk);
  [[maybe_unused]] const bool rests = resting_.push(chunk);
  assert(rests && "it has room for all");
}

const TransmitMemory* ChunkPool::lend(std::uint32_t chunk) noexcept {
  Chunk& one = chunks_[chunk];
  if (one.lent) return one.memory;
  if (!one.memory->can_leave() || lent_ >= size() / 2) return nullptr;
  ++lent_;
  one.lent = true;
  return one.memory;
}

}  // namespace weir
