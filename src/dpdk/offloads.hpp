// Which of a device's offloads are used, and which are better left alone.
#pragma once

#include "port/port.hpp"

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace weir {

/// Writes the offloads into `conf` and returns what they amount to. Not for devices without
/// (DeviceLimits::offloads): their drivers would compute in software what we compute too, or only
/// claim to (net_af_packet takes frames of a local sender whose checksum nobody has filled in, and
/// gives no hint).
[[nodiscard]] PortOffloads plan_offloads(const rte_eth_dev_info& info, rte_eth_conf& conf);
/// How many pieces of text may hang on one frame of a port with that MTU, when any may.
[[nodiscard]] std::uint16_t extents_of(const rte_eth_dev_info& info, std::uint16_t mtu);

}  // namespace weir
