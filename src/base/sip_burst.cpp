// Choosing what the processor can run.
#include "base/sip_burst.hpp"

#include <vector>

#include "base/sip_burst_avx2.hpp"
#include "base/sip_burst_avx512.hpp"
#include "base/sip_burst_lanes.hpp"

namespace weir {
namespace {

void hash_portable(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept {
  hash_lanes<2>(key, burst, n);
}

std::vector<SipBurstKind> find_kinds() {
  std::vector<SipBurstKind> kinds;
  if (__builtin_cpu_supports("avx512f")) kinds.push_back({"avx512", siphash128_burst_avx512});
  if (__builtin_cpu_supports("avx2")) kinds.push_back({"avx2", siphash128_burst_avx2});
  kinds.push_back({"portable", hash_portable});
  return kinds;
}

const std::vector<SipBurstKind> kKinds = find_kinds();
const SipBurstFunction kFastest = kKinds.front().hash;

}  // namespace

std::span<const SipBurstKind> sip_burst_kinds() noexcept { return kKinds; }

void siphash128_burst(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept {
  kFastest(key, burst, n);
}

}  // namespace weir
