// Flows that may have something to send, each once, served in turns.
#pragma once

#include <cstdint>

#include "base/mapped_memory.hpp"
#include "flow/flow.hpp"

namespace weir {

/// A ring of ids with a bit for each id, so that none stands in it twice, not even when its record
/// was given to another flow meanwhile. Memory that no flow needed yet is not touched.
class ReadyList {
 public:
  explicit ReadyList(std::uint32_t capacity)
      : ids_(std::size_t{capacity} * sizeof(FlowId)),
        bits_((std::size_t{capacity} + 63) / 64 * 8),
        capacity_(capacity) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  /// Does nothing when it is there already.
  void push(FlowId id) noexcept {
    std::uint64_t& word = bits()[id / 64];
    const std::uint64_t bit = std::uint64_t{1} << id % 64;
    if ((word & bit) != 0) return;
    word |= bit;
    std::uint32_t at = head_ + size_++;
    if (at >= capacity_) at -= capacity_;
    ids()[at] = id;
  }
  [[nodiscard]] FlowId pop() noexcept {
    const FlowId id = ids()[head_];
    if (++head_ == capacity_) head_ = 0;
    if (--size_ == 0) head_ = 0;  // so that the places in use stay few
    bits()[id / 64] &= ~(std::uint64_t{1} << id % 64);
    return id;
  }

 private:
  [[nodiscard]] FlowId* ids() noexcept { return static_cast<FlowId*>(ids_.data()); }
  [[nodiscard]] std::uint64_t* bits() noexcept { return static_cast<std::uint64_t*>(bits_.data()); }

  MappedMemory ids_, bits_;
  std::uint32_t capacity_;
  std::uint32_t head_ = 0, size_ = 0;
};

}  // namespace weir
