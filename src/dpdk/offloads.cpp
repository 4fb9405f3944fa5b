// Checksums, text that hangs on a frame, and its cutting. Not used: MBUF_FAST_FREE, which wants all
// frames of a queue from one pool and unshared, while a worker may send frames that another
// received; SCATTER, since a buffer holds the longest frame; VLAN_STRIP, since the parser reads
// tags; LRO.
#include "dpdk/offloads.hpp"

#include <rte_ethdev.h>

#include <algorithm>

#include "frame/frame_pool.hpp"

namespace weir {

PortOffloads plan_offloads(const rte_eth_dev_info& info, rte_eth_conf& conf) {
  static constexpr std::uint64_t kRxL4 =
      RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
  const std::uint64_t rx = info.rx_offload_capa, tx = info.tx_offload_capa;
  PortOffloads offloads;
  offloads.rx_ip = (rx & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
  offloads.rx_l4 = (rx & kRxL4) == kRxL4;
  offloads.tx_ipv4 = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
  offloads.tx_tcp = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
  offloads.tx_udp = (tx & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
  // Without the TCP checksum all text would be read anyway, and copied on the way.
  offloads.tx_chains = offloads.tx_tcp && (tx & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
  offloads.tx_tso = offloads.tx_chains && (tx & RTE_ETH_TX_OFFLOAD_TCP_TSO) != 0;
  if (offloads.rx_ip) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  if (offloads.rx_l4) conf.rxmode.offloads |= kRxL4;
  if (offloads.tx_ipv4) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
  if (offloads.tx_tcp) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
  if (offloads.tx_udp) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
  if (offloads.tx_chains) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (offloads.tx_tso) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
  return offloads;
}

std::uint16_t extents_of(const rte_eth_dev_info& info, std::uint16_t mtu) {
  constexpr std::uint16_t kMost = kMostExtents, kUsualMtu = 1500;  // beside the headers' buffer
  const auto limited = [](std::uint16_t most, std::uint16_t buffers) {
    return buffers == 0 ? most
                        : std::min<std::uint16_t>(most, static_cast<std::uint16_t>(buffers - 1));
  };
  const std::uint16_t most = limited(kMost, info.tx_desc_lim.nb_seg_max);
  // A usual segment has a few pieces only (SendQueue::reach); a jumbo one may have all of them.
  return mtu <= kUsualMtu ? most : limited(most, info.tx_desc_lim.nb_mtu_seg_max);
}

}  // namespace weir
