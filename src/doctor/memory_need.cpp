#include "doctor/memory_need.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/cgroups.hpp"
#include "doctor/huge_pages.hpp"
#include "frame/buffer_demand.hpp"

namespace weir::doctor {
namespace {

constexpr std::uint32_t kRetainedAutomatic = 16 * 1024;  // buffers that one worker's flows may keep
constexpr std::uint64_t kBesides = 64;                   // MB for rings, drivers and fragmentation
constexpr std::uint32_t kLeastBuffers = 1024;

}  // namespace

std::string MemoryNeed::to_words() const {
  return fmt::format("{} buffers x {} B = {} MB, rings and drivers {} MB: {} MB", buffers,
                     buffer_bytes, mb - kBesides, kBesides, mb);
}

std::uint32_t buffers_for(const Config& config, std::size_t workers,
                          std::span<const std::uint16_t> queues) {
  if (config.memory.mbufs != 0) return config.memory.mbufs;
  BufferDemand demand;
  for (const std::uint32_t n : queues) {
    demand.rx_descriptors += n * kQueueDescriptors;
    demand.tx_descriptors += n * kQueueDescriptors;
  }
  demand.workers = static_cast<std::uint32_t>(workers) + 1;
  demand.retained = kRetainedAutomatic * static_cast<std::uint32_t>(workers);
  return buffers_needed(demand);
}

std::uint16_t largest_mtu(const Config& config) {
  std::uint16_t mtu = 1500;
  for (const PortConfig& port : config.ports) mtu = std::max(mtu, port.mtu);
  return mtu;
}

MemoryNeed memory_need(const Config& config, std::size_t workers) {
  constexpr std::uint64_t kPage = 4096;
  const std::vector<std::uint16_t> queues(config.ports.size(), static_cast<std::uint16_t>(workers));
  MemoryNeed need;
  need.buffers = buffers_for(config, workers, queues);
  need.buffer_bytes = pool_bytes(1, data_room_for_mtu(largest_mtu(config)));
  if (config.memory.hugepages != HugePages::required) {
    need.buffer_bytes = (need.buffer_bytes + kPage - 1) / kPage * kPage;
  }
  need.mb = (need.buffers * need.buffer_bytes >> 20) + kBesides;
  return need;
}

std::string fitting_mbufs(const MemoryNeed& need, std::uint64_t mb) {
  const std::uint64_t room = mb > kBesides ? ((mb - kBesides) << 20) / need.buffer_bytes : 0;
  const std::uint64_t rounded = room / kLeastBuffers * kLeastBuffers;
  if (rounded == 0) return "no [memory] mbufs is small enough";
  return fmt::format("[memory] mbufs = {} would fit", rounded);
}

std::optional<Finding> find_too_little_memory(const Environment& env, const Config& config,
                                              const MemoryNeed& need) {
  if (config.memory.hugepages == HugePages::required) return std::nullopt;  // of those alone
  if (config.memory.hugepages == HugePages::attempt && free_mb(read_huge_pages(env)) >= need.mb) {
    return std::nullopt;
  }
  // Beyond its limit the kernel kills a process of the group, without a word.
  if (const auto limit = cgroup_memory_mb(env); limit && need.mb > *limit) {
    return fail(
        fmt::format("too little memory: {}, and the limit of this process's cgroup is {} MB",
                    need.to_words(), *limit),
        {"", fitting_mbufs(need, *limit) +
                 "; or a higher limit: MemoryMax= of the unit, docker run --memory"});
  }
  const auto available = words_of(env.field("/proc/meminfo", "MemAvailable"));
  const std::uint64_t kb = available.empty() ? 0 : std::strtoull(available[0].c_str(), nullptr, 10);
  if (kb == 0 || need.mb <= kb / 1024) return std::nullopt;
  return fail(fmt::format("too little memory: {}, and {} MB are free", need.to_words(), kb / 1024),
              {"", fitting_mbufs(need, kb / 1024) + "; or stop other programs"});
}

}  // namespace weir::doctor
