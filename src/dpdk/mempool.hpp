// A DPDK packet buffer pool, behind the FramePool that the layers above know.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "frame/frame.hpp"

struct rte_mempool;

namespace weir {

/// What the buffers are for; the sum is what a pool must hold lest somebody starve.
struct MbufDemand {
  std::uint32_t rx_descriptors = 0;  ///< of all queues that are fed from the pool together
  std::uint32_t tx_descriptors = 0;  ///< of all queues that its frames may wait in
  std::uint32_t workers = 1;         ///< threads that allocate from it or free into it
  std::uint32_t cache = 256;         ///< buffers of each thread's cache
  std::uint32_t retained = 0;        ///< kept by flows: out of order, unacknowledged, waiting
};

/// rx + tx + workers x (1.5 x cache + 2 bursts) + retained. A thread's cache grows to one and a
/// half times its size before it gives anything back.
[[nodiscard]] std::uint32_t mbufs_needed(const MbufDemand& demand) noexcept;
/// The same sum in words, for `weirctl memory`.
[[nodiscard]] std::string to_string(const MbufDemand& demand);

/// Bytes of one buffer that holds any frame of a port with this MTU, headroom included. The room
/// behind the headroom is a multiple of 1024, at least 2048: several NICs count in such units and
/// would split a frame that fits.
[[nodiscard]] std::uint16_t data_room_for_mtu(std::uint16_t mtu) noexcept;
/// The longest frame with this MTU: two VLAN tags and the frame check sequence included.
[[nodiscard]] std::uint16_t frame_length_for_mtu(std::uint16_t mtu) noexcept;
/// Bytes of memory that a pool takes, bookkeeping included.
[[nodiscard]] std::uint64_t pool_bytes(std::uint32_t count, std::uint16_t data_room) noexcept;

struct MempoolSettings {
  std::string name;                ///< unique, at most 25 characters
  std::uint32_t count = 0;         ///< buffers
  std::uint16_t data_room = 2176;  ///< data_room_for_mtu()
  std::uint32_t cache = 256;  ///< buffers kept by each thread, at most 512; fewer in small pools
  int numa_node = -1;         ///< -1 = any
};

/// Any thread may allocate and release; threads with a WorkerLcore do it without a lock. Must
/// outlive its frames and every port that receives into it, and be destroyed before the Eal.
class Mempool {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Mempool>> create(const MempoolSettings& settings);
  ~Mempool();
  Mempool(const Mempool&) = delete;
  Mempool& operator=(const Mempool&) = delete;

  [[nodiscard]] FramePool& pool() noexcept { return pool_; }
  /// Free buffers, those in the threads' caches included. Slow: for the control thread.
  [[nodiscard]] std::uint32_t available() const noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept { return pool_.capacity(); }
  [[nodiscard]] std::uint16_t data_room() const noexcept { return data_room_; }

  /// For this layer: DPDK's own object.
  [[nodiscard]] rte_mempool* raw() const noexcept { return raw_; }

 private:
  Mempool(rte_mempool* raw, std::uint32_t count, std::uint16_t data_room) noexcept;

  static std::uint32_t allocate(void* self, Frame* out, std::uint32_t n) noexcept;
  static void release(void* self, void* const* handles, std::uint32_t n) noexcept;
  static std::uint32_t available_in(const void* self) noexcept;
  static const FramePoolOps kOps;

  rte_mempool* raw_;
  std::uint16_t data_room_;
  FramePool pool_;
};

}  // namespace weir
