// Between DPDK's packet buffers and Frames: what is said in one is said in the other.
#pragma once

#include <cstdint>
#include <span>

#include "frame/burst.hpp"

struct rte_mbuf;

namespace weir {

/// What a port knows about the frames it receives.
struct ReceiveTraits {
  std::uint8_t port = 0;    ///< goes into the frame
  bool trust_ip = false;    ///< the driver was asked to verify IPv4 header checksums
  bool trust_l4 = false;    ///< and those of TCP and UDP
  bool trust_hash = false;  ///< its hash is the one our software would compute
};

/// The FramePool of the Mempool that the buffer came from.
[[nodiscard]] FramePool& home_of(const rte_mbuf* mbuf) noexcept;
/// A frame that owns the buffer, with its bytes and without flags.
[[nodiscard]] Frame frame_over(FramePool& pool, rte_mbuf* mbuf) noexcept;

/// Appends what the driver received to the burst, which must have room.
void push_received(rte_mbuf** mbufs, std::uint32_t n, const ReceiveTraits& traits,
                   Burst& out) noexcept;
/// Writes each frame's bytes and offload wishes into its buffer, for the driver.
void prepare_transmit(std::span<Frame> frames, rte_mbuf** out) noexcept;

/// Writes all that a frame knows into its buffer, so that the buffer alone can cross to another
/// worker, and builds the frame anew on the other side.
void stow(const Frame& frame) noexcept;
[[nodiscard]] Frame unstow(rte_mbuf* mbuf) noexcept;

}  // namespace weir
