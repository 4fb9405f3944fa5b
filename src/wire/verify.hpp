// Is a transport checksum right? The NIC is believed where it can have known.
#pragma once

#include "wire/checksum.hpp"
#include "wire/packet.hpp"

namespace weir {

/// `covered` is the transport header and text, the start of packet.l4().
[[nodiscard]] inline bool checksum_matches(const Packet& packet,
                                           std::span<const std::uint8_t> covered) noexcept {
  return pseudo_header_sum(packet.source, packet.destination, packet.protocol,
                           static_cast<std::uint32_t>(covered.size()))
      .add(covered)
      .is_intact();
}

/// The same for TCP and UDP, whose checksums a NIC may have verified. A NIC that takes the length
/// from the IP header is wrong about a datagram that ends before its packet: then it is not asked.
[[nodiscard]] inline bool transport_checksum_matches(
    const Packet& packet, std::span<const std::uint8_t> covered) noexcept {
  if (covered.size() == packet.l4_length) {
    if (packet.frame->has(kRxL4ChecksumBad)) return false;
    if (packet.frame->has(kRxL4ChecksumGood)) return true;
  }
  return checksum_matches(packet, covered);
}

}  // namespace weir
