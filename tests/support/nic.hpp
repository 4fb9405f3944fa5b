// What a NIC does with a frame that asks it for something: the work that Weir leaves to a port.
#pragma once

#include <vector>

#include "frame/memory_pool.hpp"
#include "frame/transmit_memory.hpp"
#include "support/frames.hpp"

namespace weir::test {

/// The frames on the wire: text that hangs on the frame fetched, cut into segments, checksums
/// filled in. A frame that asks for nothing is itself.
[[nodiscard]] std::vector<Octets> on_the_wire(const Frame& frame, const MemoryPool& pool);

/// A text that ports may read where it is.
class ReadableMemory final : public TransmitMemory {
 public:
  explicit ReadableMemory(std::size_t size) : text_(size) {}
  [[nodiscard]] std::span<std::uint8_t> bytes() noexcept override { return text_; }
  [[nodiscard]] bool in_use() const noexcept override { return false; }
  [[nodiscard]] bool can_leave() const noexcept override { return true; }

 private:
  Octets text_;
};

}  // namespace weir::test
