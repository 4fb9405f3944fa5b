// Waiting for frames without polling: receive interrupts (DPDK programmer's guide, "Rx Interrupt").
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "dpdk/ethernet_port.hpp"

namespace weir {

/// Made and used by one thread.
class FrameWait {
 public:
  /// `bell` is a descriptor that ends a wait when it becomes readable.
  explicit FrameWait(int bell);
  ~FrameWait();
  FrameWait(const FrameWait&) = delete;
  FrameWait& operator=(const FrameWait&) = delete;

  /// False when the queue can wake nobody.
  [[nodiscard]] bool add(EthernetPort& port, std::uint16_t queue);
  /// From now on a frame ends a wait. What came before does not: poll once more.
  void arm() noexcept;
  void disarm() noexcept;
  /// Until a frame comes, the bell rings or `most` (to the millisecond, rounded down) is over.
  void wait(Duration most) noexcept;

 private:
  struct Bell;
  struct Queue {
    EthernetPort* port;
    std::uint16_t number;
  };
  std::unique_ptr<Bell> bell_;
  std::vector<Queue> queues_;
};

}  // namespace weir
