// How many buffers a pool must hold, and how large they are: the sums behind [memory] mbufs.
#pragma once

#include <cstdint>

namespace weir {

/// What the buffers are for; the sum is what a pool must hold lest somebody starve.
struct BufferDemand {
  std::uint32_t rx_descriptors = 0;  ///< of all queues that are fed from the pool together
  std::uint32_t tx_descriptors = 0;  ///< of all queues that its frames may wait in
  std::uint32_t workers = 1;         ///< threads that allocate from it or free into it
  std::uint32_t cache = 256;         ///< buffers of each thread's cache
  std::uint32_t ahead = 0;           ///< bursts that workers may have taken from queues ahead
  std::uint32_t retained = 0;        ///< kept by flows: out of order, unacknowledged, waiting
};

/// Descriptors wanted of each queue of a port, to receive as well as to send.
inline constexpr std::uint16_t kQueueDescriptors = 1024;

/// Bursts that a worker takes ahead from a queue at most.
inline constexpr std::uint32_t kMostAhead = 8;

/// rx + tx + workers x (1.5 x cache + 2 bursts) + ahead bursts + retained. A thread's cache grows
/// to one and a half times its size before it gives anything back.
[[nodiscard]] std::uint32_t buffers_needed(const BufferDemand& demand) noexcept;

/// Bytes of one buffer that holds any frame of a port with this MTU, headroom included. The room
/// behind the headroom is a multiple of 1024, at least 2048: several NICs count in such units and
/// would split a frame that fits.
[[nodiscard]] std::uint16_t data_room_for_mtu(std::uint16_t mtu) noexcept;
/// The longest frame with this MTU: two VLAN tags and the frame check sequence included.
[[nodiscard]] std::uint16_t frame_length_for_mtu(std::uint16_t mtu) noexcept;
/// Bytes that a pool in DPDK's memory takes, bookkeeping and the gaps that spread buffers over the
/// memory channels included; for DPDK's default of four channels.
[[nodiscard]] std::uint64_t pool_bytes(std::uint32_t count, std::uint16_t data_room) noexcept;

}  // namespace weir
