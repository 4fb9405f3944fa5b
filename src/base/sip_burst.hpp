// SipHash-2-4-128 of the messages of a whole burst, several of them in each instruction.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/siphash.hpp"

namespace weir {

/// Up to 64 messages of three words and their hashes, word by word: message i is word[0][i],
/// word[1][i], word[2][i].
struct alignas(64) SipBurst {
  static constexpr std::uint32_t kMost = 64;
  static constexpr std::uint32_t kWords = 3;
  using Row = std::array<std::uint64_t, kMost>;

  std::array<Row, kWords> word{};
  Row first{}, second{};
};

/// Fills in the hashes of the first `n` messages; those up to the next multiple of eight may change
/// as well.
using SipBurstFunction = void (*)(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept;

struct SipBurstKind {
  std::string_view name;
  SipBurstFunction hash;
};
/// What this processor can run, the fastest first; the last is portable. For tests.
[[nodiscard]] std::span<const SipBurstKind> sip_burst_kinds() noexcept;

/// The fastest of them.
void siphash128_burst(const SipKey& key, SipBurst& burst, std::uint32_t n) noexcept;

}  // namespace weir
