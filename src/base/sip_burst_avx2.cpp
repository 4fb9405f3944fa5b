// Four messages at a time, for processors with AVX2.
#include "base/sip_burst_avx2.hpp"

#include "base/sip_burst_lanes.hpp"

namespace weir {

void siphash128_burst_avx2(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept {
  hash_lanes<4>(key, burst, n);
}

}  // namespace weir
