// Which of a device's checksum offloads are used, and which are better left alone.
#pragma once

#include "port/port.hpp"

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace weir {

/// Writes the offloads into `conf` and returns what they amount to. `software` devices get none:
/// their drivers would compute in software what we compute too, or only claim to (net_af_packet
/// takes frames of a local sender whose checksum nobody has filled in, and gives no hint).
[[nodiscard]] PortOffloads plan_offloads(const rte_eth_dev_info& info, bool software,
                                         rte_eth_conf& conf);

}  // namespace weir
