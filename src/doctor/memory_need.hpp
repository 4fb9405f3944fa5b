// How much memory a configuration asks DPDK for, before DPDK is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "doctor/check.hpp"

namespace weir::doctor {

struct MemoryNeed {
  std::uint32_t buffers = 0;
  std::uint64_t buffer_bytes = 0;  ///< of each, bookkeeping included
  std::uint64_t mb = 0;            ///< of all, with what rings and drivers take besides

  /// "17408 buffers x 4096 B = 68 MB, rings and drivers 64 MB: 132 MB"
  [[nodiscard]] std::string to_words() const;
};

/// As many buffers as [memory] mbufs says; else what queues, caches and connections may hold.
[[nodiscard]] std::uint32_t buffers_for(const Config& config, std::size_t workers,
                                        std::span<const std::uint16_t> queues);
/// What EAL will be asked for, with as many queues a port as there are workers: in pages of 4 KB,
/// which no buffer may cross, unless huge pages are required.
[[nodiscard]] MemoryNeed memory_need(const Config& config, std::size_t workers);
[[nodiscard]] std::uint16_t largest_mtu(const Config& config);

/// HP06, without huge pages: whether the need fits into what the kernel has to give. EAL would try
/// for long and then speak of something else.
[[nodiscard]] std::optional<Finding> find_too_little_memory(const Environment& env,
                                                            const Config& config,
                                                            const MemoryNeed& need);
/// "[memory] mbufs = N", the largest that fits into `mb`; or that nothing does.
[[nodiscard]] std::string fitting_mbufs(const MemoryNeed& need, std::uint64_t mb);

}  // namespace weir::doctor
