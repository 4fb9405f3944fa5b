// Checksums only. Not used: MBUF_FAST_FREE, which wants all frames of a queue from one pool and
// unshared, while a worker may send frames that another received; SCATTER, since a buffer holds the
// longest frame; VLAN_STRIP, since the parser reads tags; LRO and TSO.
#include "dpdk/offloads.hpp"

#include <rte_ethdev.h>

namespace weir {

PortOffloads plan_offloads(const rte_eth_dev_info& info, bool software, rte_eth_conf& conf) {
  if (software) return {};
  static constexpr std::uint64_t kRxL4 =
      RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
  const std::uint64_t rx = info.rx_offload_capa, tx = info.tx_offload_capa;
  PortOffloads offloads;
  offloads.rx_ip = (rx & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
  offloads.rx_l4 = (rx & kRxL4) == kRxL4;
  offloads.tx_ipv4 = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
  offloads.tx_tcp = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
  offloads.tx_udp = (tx & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
  if (offloads.rx_ip) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  if (offloads.rx_l4) conf.rxmode.offloads |= kRxL4;
  if (offloads.tx_ipv4) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
  if (offloads.tx_tcp) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
  if (offloads.tx_udp) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
  return offloads;
}

}  // namespace weir
