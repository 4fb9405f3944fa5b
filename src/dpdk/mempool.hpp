// A DPDK packet buffer pool, behind the FramePool that the layers above know.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "frame/buffer_demand.hpp"
#include "frame/frame.hpp"

struct rte_mempool;

namespace weir {

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
  static bool attach(void* self, Frame& frame, std::span<const TextExtent> texts) noexcept;
  static std::uint32_t copy_behind(const void* self, const Frame& frame,
                                   std::span<std::uint8_t> out) noexcept;
  static std::uint32_t available_in(const void* self) noexcept;
  static const FramePoolOps kOps;

  rte_mempool* raw_;
  std::uint16_t data_room_;
  FramePool pool_;
};

}  // namespace weir
