// Fragmentation of what we send, and identifications that nobody can foretell (RFC 7739).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/address.hpp"
#include "base/siphash.hpp"
#include "frame/frame.hpp"

namespace weir {

/// RFC 7739: IPv6 has numbers that look random even to who sees those before (§5.1: 32 bits hardly
/// repeat). IPv4's 16 bits would, so there a counter starts at a secret place for each pair of
/// addresses (§5.3). Workers share the key and take turns in the numbers, so that no two of them
/// use the same.
class Identifications {
 public:
  Identifications(const SipKey& key, std::uint16_t self, std::uint16_t workers) noexcept
      : key_(key), self_(self), workers_(workers) {}
  [[nodiscard]] std::uint32_t next(const Address& source, const Address& destination) noexcept;

 private:
  SipKey key_;
  std::uint32_t self_, workers_;
  std::array<std::uint32_t, 256> counters_{};  // by destination's hash; sharing one does no harm
};

/// The most fragments that any packet needs: 65535 bytes at the smallest MTU that a port may have.
inline constexpr std::uint32_t kMostOutFragments = 128;

/// How many fragments an IP packet of ours (no options, no extension headers) becomes.
[[nodiscard]] std::uint32_t fragments_needed(std::span<const std::uint8_t> packet,
                                             std::uint16_t mtu) noexcept;
/// Writes fragment number `i` of them into `out`, an empty frame, headers and checksum included;
/// `headroom` bytes are left before it.
void write_fragment(std::span<const std::uint8_t> packet, std::uint16_t mtu,
                    std::uint32_t identification, std::uint32_t i, std::uint32_t headroom,
                    Frame& out) noexcept;

}  // namespace weir
