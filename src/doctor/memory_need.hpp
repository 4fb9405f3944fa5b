// How much memory a configuration asks for, before DPDK and the kernel are asked.
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
  std::uint64_t workers = 0;
  // Of each worker's flight recorder, in memory of the kernel's and never DPDK's.
  std::uint64_t recorder_bits_mb = 0;  ///< two bits a connection that may be
  std::uint64_t recorder_mb = 0;       ///< those included

  std::uint64_t read_ahead_mb = 0;  ///< if there are files to serve; the kernel's too, mostly

  [[nodiscard]] std::uint64_t recorders_mb() const noexcept { return workers * recorder_mb; }
  /// "17408 buffers x 4096 B = 68 MB, rings and drivers 64 MB: 132 MB", and if there are any
  /// ", flight recorders 2 x 17 MB, and as much for weirctl record: 68 MB" and ", read-ahead 64 MB"
  [[nodiscard]] std::string to_words() const;
  /// Without the recorders.
  [[nodiscard]] std::string buffers_to_words() const;
};

/// As many buffers as [memory] mbufs says; else what queues, caches and connections may hold.
[[nodiscard]] std::uint32_t buffers_for(const Config& config, std::size_t workers,
                                        std::span<const std::uint16_t> queues);
/// What EAL will be asked for, with as many queues a port as there are workers: in pages of 4 KB,
/// which no buffer may cross, unless huge pages are required.
[[nodiscard]] MemoryNeed memory_need(const Config& config, std::size_t workers);
[[nodiscard]] std::uint16_t largest_mtu(const Config& config);

/// HP06: whether what is not in huge pages fits into what the kernel has to give. EAL would try for
/// long and then speak of something else; recorders would be touched until the kernel kills. They
/// count twice: while one recording waits to be written the workers fill the next one.
[[nodiscard]] std::optional<Finding> find_too_little_memory(const Environment& env,
                                                            const Config& config,
                                                            const MemoryNeed& need);
/// The same of a reload, for recorders that are made while all else is there, the recorders of
/// before included, whose `freed_mb` go then.
[[nodiscard]] std::optional<Finding> find_no_room_for_recorders(const Environment& env,
                                                                const MemoryNeed& need,
                                                                std::uint64_t freed_mb);
/// Whether weirctl record would find memory for the recorders that go on; what there is and what
/// there should be, if not.
[[nodiscard]] std::optional<std::string> find_no_room_to_record(const Environment& env,
                                                                const MemoryNeed& need);
/// "[memory] mbufs = N", the largest that fits into `mb`; or that nothing does.
[[nodiscard]] std::string fitting_mbufs(const MemoryNeed& need, std::uint64_t mb);

}  // namespace weir::doctor
