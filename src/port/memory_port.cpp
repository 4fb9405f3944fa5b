// Queues of frames between a test and the code under test.
#include "port/memory_port.hpp"

namespace weir {

MemoryPort::MemoryPort(PortInfo info)
    : info_(std::move(info)), received_(info_.rx_queues), sent_(info_.tx_queues) {}

std::uint32_t MemoryPort::rx_burst(std::uint16_t queue, Burst& out) noexcept {
  assert(queue < received_.size());
  std::deque<Frame>& waiting = received_[queue];
  std::uint32_t n = 0;
  for (; !waiting.empty() && !out.full(); ++n) {
    out.push(std::move(waiting.front()));
    waiting.pop_front();
  }
  return n;
}

std::uint32_t MemoryPort::tx_burst(std::uint16_t queue, std::span<Frame> frames) noexcept {
  assert(queue < sent_.size());
  std::deque<Frame>& sent = sent_[queue];
  std::uint32_t n = 0;
  for (Frame& frame : frames) {
    if (sent.size() >= transmit_limit_) break;
    sent.push_back(std::move(frame));
    ++n;
  }
  return n;
}

}  // namespace weir
