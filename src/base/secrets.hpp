// The per-boot keys, one per use, all derived from one random seed.
#pragma once

#include <array>
#include <cstdint>

#include "base/siphash.hpp"

namespace weir {

/// Keys for everything that an outsider must not be able to compute. Immutable; shared by workers.
struct Secrets {
  SipKey cookie;                           ///< SYN cookies
  SipKey tuple;                            ///< flow table, sequence numbers (flow/tuple_hash.hpp)
  SipKey jitter;                           ///< whatever needs unpredictability but no secrecy
  SipKey fragment_id;                      ///< identifications of fragments (RFC 7739)
  SipKey fast_open;                        ///< cookies of fast open (RFC 7413)
  std::array<std::uint8_t, 52> rss_key{};  ///< Toeplitz key, long enough for every NIC

  /// Derives all keys from 16 random bytes.
  [[nodiscard]] static constexpr Secrets derive(std::uint64_t seed0, std::uint64_t seed1) noexcept {
    const SipKey root{seed0, seed1};
    std::uint64_t use = 0;
    const auto next = [&]() constexpr {
      const std::uint64_t word[] = {++use};
      return siphash(root, word);
    };
    Secrets s;
    for (SipKey* key : {&s.cookie, &s.tuple, &s.jitter}) {
      key->k0 = next();
      key->k1 = next();
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < s.rss_key.size(); ++i) {
      if (i % 8 == 0) word = next();
      s.rss_key[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
    }
    s.fragment_id = {next(), next()};
    s.fast_open = {next(), next()};
    return s;
  }
};

}  // namespace weir
