// The same memory without a port that could read it: pages of the process.
#pragma once

#include "base/mapped_memory.hpp"
#include "frame/transmit_memory.hpp"

namespace weir {

/// Its text is copied into frames. Throws std::bad_alloc when address space is refused.
class PlainMemory final : public TransmitMemory {
 public:
  explicit PlainMemory(std::size_t bytes) : memory_(bytes) {}

  [[nodiscard]] std::span<std::uint8_t> bytes() noexcept override {
    return {static_cast<std::uint8_t*>(memory_.data()), memory_.size()};
  }
  [[nodiscard]] bool in_use() const noexcept override { return false; }
  [[nodiscard]] bool can_leave() const noexcept override { return false; }

 private:
  MappedMemory memory_;
};

}  // namespace weir
