// Memory that NICs can read: huge pages of DPDK's, referred to by packet buffers.
#pragma once

#include <array>
#include <cstdint>

#include "frame/transmit_memory.hpp"

struct rte_mbuf;

namespace weir {

/// Freed before the Eal, and not while in_use(). References are counted per thread that makes them,
/// so that workers do not share a counter.
class DmaMemory final : public TransmitMemory {
 public:
  static constexpr std::size_t kThreads = 128;  ///< as many as DPDK numbers

  /// nullptr when DPDK has not so much memory, or none that a device sees in one piece.
  [[nodiscard]] static std::unique_ptr<TransmitMemory> make(std::size_t bytes);
  ~DmaMemory() override;

  [[nodiscard]] std::span<std::uint8_t> bytes() noexcept override { return {data_, size_}; }
  [[nodiscard]] bool in_use() const noexcept override;
  [[nodiscard]] bool can_leave() const noexcept override { return true; }

  /// Lets `mbuf`, a fresh one, refer to `text`, which lies in here. On a thread that DPDK
  /// knows (WorkerLcore): a counter of one reference is not updated atomically.
  void refer(rte_mbuf& mbuf, std::span<const std::uint8_t> text) const noexcept;

 private:
  struct Counters;

  DmaMemory(std::uint8_t* data, std::size_t size);

  std::uint8_t* data_;
  std::size_t size_;
  std::uint64_t iova_;  // of the first byte, as devices count
  std::unique_ptr<Counters> counters_;
};

}  // namespace weir
