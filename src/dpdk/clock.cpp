// Cycles to nanoseconds by one 128-bit multiplication instead of a division.
#include "dpdk/clock.hpp"

#include <rte_cycles.h>

namespace weir {
namespace {
__extension__ using Wide = unsigned __int128;
}

TscClock::TscClock() noexcept
    : origin_(rte_rdtsc()),
      hz_(rte_get_tsc_hz()),
      scale_(static_cast<std::uint64_t>((Wide{1'000'000'000} << 32) / hz_)) {}

std::uint64_t TscClock::cycles() noexcept { return rte_rdtsc(); }

Duration TscClock::to_duration(std::uint64_t cycles) const noexcept {
  return Duration(static_cast<std::int64_t>((Wide{cycles} * scale_) >> 32));
}

}  // namespace weir
