// SipHash over vectors. Included by one file for each instruction set, which is compiled for it;
// what is here has internal linkage or is a template over this file's own vector, so that no other
// file calls its code.
#pragma once

#include "base/sip_burst.hpp"

namespace weir {
namespace {

/// `Lanes` 64-bit numbers in one register; the compiler's own vectors, so that one source serves
/// all.
template <unsigned Lanes>
struct SipLanes {
  typedef std::uint64_t Vector __attribute__((vector_size(8 * Lanes)));

  /// The same number in every lane.
  static inline Vector filled(std::uint64_t number) noexcept {
    alignas(8 * Lanes) std::uint64_t numbers[Lanes];
    for (std::uint64_t& n : numbers) n = number;
    return load(numbers);
  }
  static inline Vector load(const std::uint64_t* at) noexcept {
    return *static_cast<const Vector*>(__builtin_assume_aligned(at, 8 * Lanes));
  }
  static inline void store(Vector v, std::uint64_t* at) noexcept {
    *static_cast<Vector*>(__builtin_assume_aligned(at, 8 * Lanes)) = v;
  }
};

template <unsigned Lanes>
inline void hash_lanes(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept {
  using Words = SipLanes<Lanes>;
  for (std::uint32_t i = 0; i < n; i += Lanes) {
    detail::SipState<typename Words::Vector> s{Words::filled(key.k0 ^ detail::kSipStart[0]),
                                               Words::filled(key.k1 ^ detail::kSipStart[1] ^ 0xee),
                                               Words::filled(key.k0 ^ detail::kSipStart[2]),
                                               Words::filled(key.k1 ^ detail::kSipStart[3])};
    for (const SipBurst::Row& row : burst.word) s.absorb(Words::load(&row[i]));
    s.absorb(Words::filled(std::uint64_t{8 * SipBurst::kWords} << 56));
    s.v2 ^= Words::filled(0xee);
    Words::store(s.finish(), &burst.first[i]);
    s.v1 ^= Words::filled(0xdd);
    Words::store(s.finish(), &burst.second[i]);
  }
}

}  // namespace
}  // namespace weir
