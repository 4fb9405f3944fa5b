// SipHash-2-4: a keyed hash short enough for every packet (Aumasson, Bernstein: SipHash, 2012).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace weir {

struct SipKey {
  std::uint64_t k0 = 0, k1 = 0;
};

namespace detail {
/// The state of one hash, or of several side by side when `Word` is a vector of numbers.
template <typename Word>
struct SipState {
  Word v0, v1, v2, v3;

  template <unsigned Bits>
  [[nodiscard]] static constexpr Word rotated(Word v) noexcept {
    return v << Bits | v >> (64 - Bits);
  }
  constexpr void round() noexcept {
    v0 += v1, v1 = rotated<13>(v1), v1 ^= v0, v0 = rotated<32>(v0);
    v2 += v3, v3 = rotated<16>(v3), v3 ^= v2;
    v0 += v3, v3 = rotated<21>(v3), v3 ^= v0;
    v2 += v1, v1 = rotated<17>(v1), v1 ^= v2, v2 = rotated<32>(v2);
  }
  constexpr void absorb(Word word) noexcept {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  [[nodiscard]] constexpr Word finish() noexcept {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

inline constexpr std::uint64_t kSipStart[] = {0x736f6d6570736575, 0x646f72616e646f6d,
                                              0x6c7967656e657261, 0x7465646279746573};

constexpr SipState<std::uint64_t> sip_state(const SipKey& key) noexcept {
  return {key.k0 ^ kSipStart[0], key.k1 ^ kSipStart[1], key.k0 ^ kSipStart[2],
          key.k1 ^ kSipStart[3]};
}
}  // namespace detail

/// SipHash-2-4 of a message that is a whole number of 64-bit words (host order), as all of ours
/// are.
template <std::size_t N>
[[nodiscard]] constexpr std::uint64_t siphash(const SipKey& key,
                                              const std::uint64_t (&words)[N]) noexcept {
  auto state = detail::sip_state(key);
  for (std::uint64_t word : words) state.absorb(word);
  state.absorb(std::uint64_t{N * 8} << 56);
  state.v2 ^= 0xff;
  return state.finish();
}

/// The two words of SipHash-2-4-128.
struct Sip128 {
  std::uint64_t first = 0, second = 0;
  friend bool operator==(const Sip128&, const Sip128&) noexcept = default;
};

/// SipHash-2-4-128, the variant with 128 bits of output, of whole words.
template <std::size_t N>
[[nodiscard]] constexpr Sip128 siphash128(const SipKey& key,
                                          const std::uint64_t (&words)[N]) noexcept {
  auto state = detail::sip_state(key);
  state.v1 ^= 0xee;
  for (std::uint64_t word : words) state.absorb(word);
  state.absorb(std::uint64_t{N * 8} << 56);
  Sip128 hash;
  state.v2 ^= 0xee;
  hash.first = state.finish();
  state.v1 ^= 0xdd;
  hash.second = state.finish();
  return hash;
}

/// SipHash-2-4 of any bytes.
[[nodiscard]] inline std::uint64_t siphash(const SipKey& key,
                                           std::span<const std::uint8_t> message) noexcept {
  auto state = detail::sip_state(key);
  std::size_t at = 0;
  for (; at + 8 <= message.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, message.data() + at, 8);
    state.absorb(word);
  }
  std::uint64_t last = std::uint64_t{message.size()} << 56;
  for (std::size_t i = 0; at + i < message.size(); ++i) {
    last |= std::uint64_t{message[at + i]} << (8 * i);
  }
  state.absorb(last);
  state.v2 ^= 0xff;
  return state.finish();
}

}  // namespace weir
