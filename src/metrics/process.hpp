// What Prometheus' own client libraries tell of every process, from /proc.
#pragma once

#include <cstdint>

namespace weir {

struct ProcessReading {
  double cpu_seconds = 0;  ///< user and system, all threads
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
  double start_time = 0;  ///< Unix time in seconds
};

/// This process; zeros where /proc cannot be read. Any thread.
[[nodiscard]] ProcessReading read_process();

}  // namespace weir
