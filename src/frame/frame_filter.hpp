// Which frames somebody wants to see.
#pragma once

#include <cstdint>
#include <span>

namespace weir {

/// Any thread; it keeps nothing between two questions.
class FrameFilter {
 public:
  virtual ~FrameFilter() = default;
  /// `frame` begins with its Ethernet header.
  [[nodiscard]] virtual bool matches(std::span<const std::uint8_t> frame) const noexcept = 0;
};

}  // namespace weir
