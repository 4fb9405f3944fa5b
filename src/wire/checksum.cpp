// Sums of long texts, sixteen bytes at a time.
#include "wire/checksum.hpp"

#include <emmintrin.h>

namespace weir {

// Each 32-bit word is widened to 64 bits, so that its carries stay with it.
std::uint64_t InternetSum::sum_of_long(const std::uint8_t* at, std::size_t size) noexcept {
  const __m128i zero = _mm_setzero_si128();
  __m128i a = zero, b = zero;
  for (const std::uint8_t* const end = at + size; at != end; at += kStep) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
    a = _mm_add_epi64(a, _mm_add_epi64(_mm_unpacklo_epi32(x, zero), _mm_unpackhi_epi32(x, zero)));
    b = _mm_add_epi64(b, _mm_add_epi64(_mm_unpacklo_epi32(y, zero), _mm_unpackhi_epi32(y, zero)));
  }
  alignas(16) std::uint64_t halves[2];
  _mm_store_si128(reinterpret_cast<__m128i*>(halves), _mm_add_epi64(a, b));
  return halves[0] + halves[1];
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before,
                               std::uint16_t after) noexcept {
  const auto inverted = [](std::uint16_t value) { return std::uint32_t{value} ^ 0xffffU; };
  std::uint32_t sum = inverted(checksum) + inverted(before) + after;
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace weir
