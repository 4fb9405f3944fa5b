// The hash functions, the key and the table of rte_ethdev.
#include "dpdk/rss.hpp"

#include <rte_ethdev.h>

#include <cstring>

namespace weir {
namespace {

constexpr std::uint16_t kEntries = 128;  // of our own table
constexpr std::size_t kKeyBytes = 40;    // 36 bytes of an IPv6 tuple, and 4

constexpr std::uint64_t kTuples = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                  RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
constexpr std::uint64_t kWanted =
    kTuples | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6;

}  // namespace

RssPlan plan_rss(const rte_eth_dev_info& info, std::uint16_t queues,
                 const std::vector<std::uint8_t>& key, rte_eth_conf& conf) {
  RssPlan plan;
  const std::uint64_t offered = info.flow_type_rss_offloads & kWanted;
  if (queues < 2 || offered == 0) return plan;
  plan.on = true;
  plan.like_ours = (offered & kTuples) == kTuples && key.size() >= kKeyBytes;
  plan.key = key;
  if (!key.empty()) plan.key.resize(info.hash_key_size != 0 ? info.hash_key_size : kKeyBytes);

  conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_RSS_HASH;
  conf.rx_adv_conf.rss_conf.rss_hf = offered;  // a function not offered is an error (retina#21)
  if (!plan.key.empty()) {
    conf.rx_adv_conf.rss_conf.rss_key = plan.key.data();
    conf.rx_adv_conf.rss_conf.rss_key_len = static_cast<std::uint8_t>(plan.key.size());
  }
  return plan;
}

std::optional<std::string> spread_over_queues(std::uint16_t port_id, const rte_eth_dev_info& info,
                                              std::uint16_t queues) {
  const std::uint16_t size = info.reta_size;
  if (size == 0) return "its driver does not show the RSS table";
  std::vector<rte_eth_rss_reta_entry64> table((size + RTE_ETH_RETA_GROUP_SIZE - 1U) /
                                              RTE_ETH_RETA_GROUP_SIZE);
  for (std::uint16_t i = 0; i < size; ++i) {
    rte_eth_rss_reta_entry64& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
    group.mask |= std::uint64_t{1} << (i % RTE_ETH_RETA_GROUP_SIZE);
    group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = static_cast<std::uint16_t>(i % kEntries % queues);
  }
  const int error = rte_eth_dev_rss_reta_update(port_id, table.data(), size);
  if (error != 0) return std::string("its RSS table cannot be written: ") + std::strerror(-error);
  // With fewer entries the NIC looks at fewer bits of the hash: the same queue only if the number
  // of queues is a power of two.
  if (size % kEntries != 0 && (queues & (queues - 1)) != 0) {
    return "its RSS table has only " + std::to_string(size) + " entries for " +
           std::to_string(queues) + " queues; a power of two would avoid hand-overs";
  }
  return std::nullopt;
}

}  // namespace weir
