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
constexpr std::uint64_t kLeastRecorderMb = 4;   // that the configuration takes
constexpr std::uint64_t kLeastReadAheadMb = 1;  // a worker's

std::uint64_t rounded_up_mb(std::uint64_t bytes) { return (bytes + (1U << 20) - 1) >> 20; }

std::string recorders_to_words(const MemoryNeed& need) {
  return fmt::format("flight recorders {} x {} MB, and as much for weirctl record: {} MB",
                     need.workers, need.recorder_mb, 2 * need.recorders_mb());
}

// What is not DPDK's, in front of it `so_far`, which may be empty.
std::string with_the_rest(std::string so_far, const MemoryNeed& need) {
  const auto add = [&so_far](const std::string& words) {
    so_far += (so_far.empty() ? "" : ", ") + words;
  };
  if (need.recorder_mb != 0) add(recorders_to_words(need));
  if (need.read_ahead_mb != 0) add(fmt::format("read-ahead {} MB", need.read_ahead_mb));
  return so_far;
}

std::optional<std::uint64_t> available_mb(const Environment& env) {
  const auto words = words_of(env.field("/proc/meminfo", "MemAvailable"));
  const std::uint64_t kb = words.empty() ? 0 : std::strtoull(words[0].c_str(), nullptr, 10);
  return kb == 0 ? std::nullopt : std::optional(kb / 1024);
}

// What one recorder a worker may take in all.
std::string fitting_recorders(const MemoryNeed& need, std::uint64_t mb) {
  const std::uint64_t each = mb / need.workers;
  if (each < kLeastRecorderMb + need.recorder_bits_mb) return "[recorder] memory = off would fit";
  return fmt::format("[recorder] memory = {}M would fit", each - need.recorder_bits_mb);
}

// Of `mb` the buffers take so much first.
std::string what_would_fit(const MemoryNeed& need, std::uint64_t buffers_mb, std::uint64_t mb) {
  const std::uint64_t least_mb = buffers_mb + need.workers * kLeastReadAheadMb;
  if (need.recorder_mb == 0 && need.read_ahead_mb != 0 && least_mb <= mb) {
    return fmt::format("[memory] read-ahead = {}M would fit", mb - buffers_mb);
  }
  mb -= std::min(mb, need.read_ahead_mb);
  if (need.recorder_mb == 0) return fitting_mbufs(need, mb);
  if (buffers_mb > mb) return "[recorder] memory = off, and " + fitting_mbufs(need, mb);
  return fitting_recorders(need, (mb - buffers_mb) / 2);
}

// Nothing where nobody says it.
std::optional<std::uint64_t> free_for_recorders_mb(const Environment& env) {
  const auto available = available_mb(env), in_group = cgroup_free_mb(env);
  if (!available && !in_group) return std::nullopt;
  return std::min(available.value_or(UINT64_MAX), in_group.value_or(UINT64_MAX));
}

}  // namespace

std::string MemoryNeed::buffers_to_words() const {
  return fmt::format("{} buffers x {} B = {} MB, rings and drivers {} MB: {} MB", buffers,
                     buffer_bytes, mb - kBesides, kBesides, mb);
}

std::string MemoryNeed::to_words() const { return with_the_rest(buffers_to_words(), *this); }

std::uint32_t buffers_for(const Config& config, std::size_t workers,
                          std::span<const std::uint16_t> queues) {
  if (config.memory.mbufs != 0) return config.memory.mbufs;
  BufferDemand demand;
  for (const std::uint32_t n : queues) {
    demand.rx_descriptors += n * kQueueDescriptors;
    demand.tx_descriptors += n * kQueueDescriptors;
    demand.ahead += n * kMostAhead;
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
  need.workers = workers;
  if (config.recorder.memory != 0) {
    need.recorder_bits_mb = rounded_up_mb(2 * (config.tcp.max_flows / 8 + 1));
    need.recorder_mb = rounded_up_mb(config.recorder.memory) + need.recorder_bits_mb;
  }
  const bool has_files = std::any_of(
      config.services.begin(), config.services.end(),
      [](const ServiceConfig& one) { return one.handler == Handler::http && !one.root.empty(); });
  if (has_files && config.memory.read_ahead != 0) {
    need.read_ahead_mb =
        std::max(rounded_up_mb(config.memory.read_ahead), workers * kLeastReadAheadMb);
  }
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
  const bool in_huge_pages =
      config.memory.hugepages == HugePages::required ||
      (config.memory.hugepages == HugePages::attempt && free_mb(read_huge_pages(env)) >= need.mb);
  const std::uint64_t buffers_mb = in_huge_pages ? 0 : need.mb;
  const std::uint64_t all_mb = buffers_mb + 2 * need.recorders_mb() + need.read_ahead_mb;
  const std::string words = in_huge_pages ? with_the_rest({}, need) : need.to_words();
  // Beyond its limit the kernel kills a process of the group, without a word.
  if (const auto limit = cgroup_memory_mb(env); limit && all_mb > *limit) {
    return fail(
        fmt::format("too little memory: {}, and the limit of this process's cgroup is {} MB", words,
                    *limit),
        {"", what_would_fit(need, buffers_mb, *limit) +
                 "; or a higher limit: MemoryMax= of the unit, docker run --memory"});
  }
  const auto available = available_mb(env);
  if (!available || all_mb <= *available) return std::nullopt;
  return fail(fmt::format("too little memory: {}, and {} MB are free", words, *available),
              {"", what_would_fit(need, buffers_mb, *available) + "; or stop other programs"});
}

std::optional<Finding> find_no_room_for_recorders(const Environment& env, const MemoryNeed& need,
                                                  std::uint64_t freed_mb) {
  const auto free = free_for_recorders_mb(env);
  if (!free) return std::nullopt;
  const std::uint64_t room = std::min(*free, (*free + freed_mb) / 2);
  if (need.recorders_mb() <= room) return std::nullopt;
  return fail(fmt::format("[recorder] memory is too much: {}, and {} MB are free",
                          recorders_to_words(need), *free),
              {"", fitting_recorders(need, room)});
}

std::optional<std::string> find_no_room_to_record(const Environment& env, const MemoryNeed& need) {
  const auto free = free_for_recorders_mb(env);
  if (!free || need.recorders_mb() <= *free) return std::nullopt;
  return fmt::format("{} x {} MB = {} MB, and {} MB are free", need.workers, need.recorder_mb,
                     need.recorders_mb(), *free);
}

}  // namespace weir::doctor
