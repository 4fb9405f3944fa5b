// The only code that is compiled for avx2: call it where the processor has that.
#pragma once

#include "base/sip_burst.hpp"

namespace weir {

void siphash128_burst_avx2(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept;

}  // namespace weir
