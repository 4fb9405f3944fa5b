// Eight messages at a time, for processors with AVX-512.
#include "base/sip_burst_avx512.hpp"

#include "base/sip_burst_lanes.hpp"

namespace weir {

void siphash128_burst_avx512(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept {
  hash_lanes<8>(key, burst, n);
}

}  // namespace weir
