// The rounds of SipHash over vectors. Included by one file for each instruction set, which is
// compiled for it; what is here has internal linkage, so that no other file calls its code.
#pragma once

#include "base/sip_burst.hpp"

namespace weir {
namespace {

/// `Lanes` 64-bit numbers in one register; the compiler's own vectors, so that one source serves
/// all.
template <unsigned Lanes>
struct SipLanes {
  typedef std::uint64_t Vector __attribute__((vector_size(8 * Lanes)));

  Vector v0, v1, v2, v3;

  /// The same number in every lane.
  static inline Vector filled(std::uint64_t number) noexcept {
    alignas(8 * Lanes) std::uint64_t numbers[Lanes];
    for (std::uint64_t& n : numbers) n = number;
    return load(numbers);
  }
  template <unsigned Bits>
  static inline Vector rotated(Vector v) noexcept {
    return v << Bits | v >> (64 - Bits);
  }
  inline void round() noexcept {
    v0 += v1, v1 = rotated<13>(v1), v1 ^= v0, v0 = rotated<32>(v0);
    v2 += v3, v3 = rotated<16>(v3), v3 ^= v2;
    v0 += v3, v3 = rotated<21>(v3), v3 ^= v0;
    v2 += v1, v1 = rotated<17>(v1), v1 ^= v2, v2 = rotated<32>(v2);
  }
  inline void absorb(Vector word) noexcept {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  inline Vector finish() noexcept {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
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
  using State = SipLanes<Lanes>;
  for (std::uint32_t i = 0; i < n; i += Lanes) {
    State s{State::filled(key.k0 ^ 0x736f6d6570736575ULL),
            State::filled(key.k1 ^ 0x646f72616e646f6dULL ^ 0xee),
            State::filled(key.k0 ^ 0x6c7967656e657261ULL),
            State::filled(key.k1 ^ 0x7465646279746573ULL)};
    for (const SipBurst::Row& row : burst.word) s.absorb(State::load(&row[i]));
    s.absorb(State::filled(std::uint64_t{8 * SipBurst::kWords} << 56));
    s.v2 ^= State::filled(0xee);
    State::store(s.finish(), &burst.first[i]);
    s.v1 ^= State::filled(0xdd);
    State::store(s.finish(), &burst.second[i]);
  }
}

}  // namespace
}  // namespace weir
