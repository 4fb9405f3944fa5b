// Memory outside of frames whose bytes a port may send from where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace weir {

/// Made and freed by the control thread, filled before anybody else sees it, then constant. Not
/// freed while in_use(): a port may still read what was acknowledged long ago.
class TransmitMemory {
 public:
  TransmitMemory() = default;
  TransmitMemory(const TransmitMemory&) = delete;
  TransmitMemory& operator=(const TransmitMemory&) = delete;
  virtual ~TransmitMemory() = default;

  [[nodiscard]] virtual std::span<std::uint8_t> bytes() noexcept = 0;
  /// Whether a port holds a part of it. Any thread.
  [[nodiscard]] virtual bool in_use() const noexcept = 0;
  /// Whether frames may refer to it (FramePool::attach); else its bytes are copied.
  [[nodiscard]] virtual bool can_leave() const noexcept = 0;
};

/// Makes that much of it, or nothing when there is not so much.
using MakeTransmitMemory = std::function<std::unique_ptr<TransmitMemory>(std::size_t bytes)>;

}  // namespace weir
