#include "frame/buffer_demand.hpp"

#include <algorithm>
#include <numeric>

#include "frame/burst.hpp"

namespace weir {
namespace {

constexpr unsigned kHeadroom = 128;  // RTE_PKTMBUF_HEADROOM
constexpr unsigned kEthernetHeader = 14, kVlanTag = 4, kFrameCheck = 4;

}  // namespace

std::uint32_t buffers_needed(const BufferDemand& demand) noexcept {
  const std::uint32_t per_worker = demand.cache + demand.cache / 2 + 2 * kMaxBurst;
  return demand.rx_descriptors + demand.tx_descriptors + demand.workers * per_worker +
         demand.ahead * kMaxBurst + demand.retained;
}

std::uint16_t frame_length_for_mtu(std::uint16_t mtu) noexcept {
  return static_cast<std::uint16_t>(mtu + kEthernetHeader + 2 * kVlanTag + kFrameCheck);
}

std::uint16_t data_room_for_mtu(std::uint16_t mtu) noexcept {
  const unsigned room = (frame_length_for_mtu(mtu) + 1023U) / 1024 * 1024;
  return static_cast<std::uint16_t>(kHeadroom + std::max(2048U, room));
}

// As rte_mempool_calc_obj_size: the object's header and the rte_mbuf before the room, in cache
// lines whose number has no factor in common with the memory channels. A test asks DPDK.
std::uint64_t pool_bytes(std::uint32_t count, std::uint16_t data_room) noexcept {
  constexpr unsigned kLine = 64, kObjectHeader = kLine, kMbuf = 2 * kLine, kChannels = 4;
  unsigned lines = (kObjectHeader + kMbuf + data_room + kLine - 1) / kLine;
  while (std::gcd(lines, kChannels) != 1) ++lines;
  return std::uint64_t{count} * lines * kLine;
}

}  // namespace weir
