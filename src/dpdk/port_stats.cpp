// The basic statistics; DPDK's per-queue ones stop at 16 queues, workers count their own.
#include "dpdk/port_stats.hpp"

#include <rte_ethdev.h>

namespace weir {

PortStats read_port_stats(std::uint16_t port_id) noexcept {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(port_id, &stats) != 0) return {};
  return {.rx_packets = stats.ipackets,
          .tx_packets = stats.opackets,
          .rx_bytes = stats.ibytes,
          .tx_bytes = stats.obytes,
          .rx_missed = stats.imissed,
          .rx_errors = stats.ierrors,
          .tx_errors = stats.oerrors,
          .rx_no_buffer = stats.rx_nombuf};
}

LinkState read_link(std::uint16_t port_id) noexcept {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port_id, &link) != 0) return {};
  const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
  return {.up = link.link_status == RTE_ETH_LINK_UP,
          .full_duplex = link.link_duplex == RTE_ETH_LINK_FULL_DUPLEX,
          .megabits = known ? link.link_speed : 0};
}

}  // namespace weir
