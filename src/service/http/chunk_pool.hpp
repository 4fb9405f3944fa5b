// The memory that parts of files are read into: a worker's share, in pieces of one size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/slab.hpp"
#include "base/spsc_ring.hpp"
#include "frame/transmit_memory.hpp"

namespace weir {

inline constexpr std::size_t kChunkBytes = 256 * 1024;

/// A port may hold what was acknowledged for as long as it has nothing else to send. So half of the
/// chunks at most are lent to ports; what lies in the others is copied into frames, and those are
/// free when they are given back. One thread only; allocates when it is made, never later.
class ChunkPool {
 public:
  explicit ChunkPool(std::uint32_t most) : resting_(most) {
    chunks_.reserve(most);
    free_.reserve(most);
  }

  /// Adds memory of kChunkBytes each, which outlives the pool; as many as it was made for at most.
  void furnish(std::span<TransmitMemory* const> memories) noexcept;

  /// The number of a chunk, or kNoId.
  [[nodiscard]] std::uint32_t take() noexcept;
  /// Takes the oldest back that was lent, if the port is through with it.
  void look_at_lent() noexcept;
  void give_back(std::uint32_t chunk) noexcept;
  /// What the chunk's bytes are to be sent with: nullptr, or its memory, for ports to read it.
  [[nodiscard]] const TransmitMemory* lend(std::uint32_t chunk) noexcept;

  [[nodiscard]] std::span<std::uint8_t> bytes(std::uint32_t chunk) noexcept {
    return chunks_[chunk].memory->bytes().first(kChunkBytes);
  }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(chunks_.size());
  }
  /// Those that are given back and held by no port, as far as look_at_lent() has found out.
  [[nodiscard]] std::uint32_t free() const noexcept {
    return static_cast<std::uint32_t>(free_.size());
  }

 private:
  struct Chunk {
    TransmitMemory* memory = nullptr;
    bool lent = false;
  };

  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> free_;  // the last given back is taken first
  SpscRing<std::uint32_t> resting_;  // given back, but a port may still hold them; oldest first
  std::uint32_t oldest_ = kNoId;     // of those
  std::uint32_t lent_ = 0;
};

}  // namespace weir
