// A port in memory: tests inject what it receives and collect what it sends.
#pragma once

#include <deque>
#include <limits>
#include <vector>

#include "port/port.hpp"

namespace weir {

/// As many receive and transmit queues as its PortInfo says. One thread. Frames still inside when
/// it is destroyed go back to their pools, which must outlive it.
class MemoryPort {
 public:
  explicit MemoryPort(PortInfo info);

  [[nodiscard]] const PortInfo& info() const noexcept { return info_; }
  [[nodiscard]] std::uint32_t rx_burst(std::uint16_t queue, Burst& out) noexcept;
  [[nodiscard]] std::uint32_t tx_burst(std::uint16_t queue, std::span<Frame> frames) noexcept;

  /// `frame` will be received on `queue`, after those injected before.
  void inject(std::uint16_t queue, Frame frame) { received_.at(queue).push_back(std::move(frame)); }
  /// What was sent on `queue`, oldest first; the caller may take frames out.
  [[nodiscard]] std::deque<Frame>& sent(std::uint16_t queue) { return sent_.at(queue); }
  /// How many frames each transmit queue may hold until `sent` is emptied: a full ring.
  void set_transmit_limit(std::size_t frames) noexcept { transmit_limit_ = frames; }

 private:
  PortInfo info_;
  std::vector<std::deque<Frame>> received_, sent_;
  std::size_t transmit_limit_ = std::numeric_limits<std::size_t>::max();
};
static_assert(Port<MemoryPort>);

}  // namespace weir
