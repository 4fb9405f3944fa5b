// Receive side scaling: what to ask of the NIC, so that its hash is the one our software computes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace weir {

/// What was asked.
struct RssPlan {
  bool on = false;
  /// TCP and UDP of both families are hashed by addresses and ports, with our key. (IPv6 behind
  /// extension headers and fragments are hashed by addresses alone.)
  bool like_ours = false;
  std::vector<std::uint8_t>
      key;  ///< must live as long as the port: drivers read it when they start
};

/// Writes into `conf` what the device offers, if it has several queues to spread over. A key of 40
/// bytes covers the longest tuple, so a shorter or longer one that the NIC wants hashes the same.
[[nodiscard]] RssPlan plan_rss(const rte_eth_dev_info& info, std::uint16_t queues,
                               const std::vector<std::uint8_t>& key, rte_eth_conf& conf);

/// Points entry i of the NIC's table to queue (i modulo 128) modulo `queues`, which is what
/// software does with hash modulo 128. Once the port is started. Returns what is not as it should
/// be.
[[nodiscard]] std::optional<std::string> spread_over_queues(std::uint16_t port_id,
                                                            const rte_eth_dev_info& info,
                                                            std::uint16_t queues);

}  // namespace weir
