// Reading a UDP datagram (RFC 768, RFC 1122 §4.1.3, RFC 8200 §8.1).
#include "wire/udp.hpp"

#include "wire/udp_header.hpp"
#include "wire/verify.hpp"
#include "wire/view.hpp"

namespace weir {

Refusal parse_udp(const Packet& packet, UdpHeader& out) noexcept {
  const std::span<const std::uint8_t> bytes = packet.l4();
  const auto* udp = view<layout::Udp>(bytes);
  if (udp == nullptr) return Drop::udp_truncated;
  const std::size_t length = udp->length;
  if (length < sizeof *udp || length > bytes.size()) return Drop::udp_bad_length;

  // Zero is asked first: some NICs call "no checksum" a bad one.
  if (udp->checksum == 0) {
    if (packet.v6) return Drop::udp_bad_checksum;
  } else if (!transport_checksum_matches(packet, bytes.first(length))) {
    return Drop::udp_bad_checksum;
  }
  if (udp->source_port == 0) return Drop::udp_bad_source;

  out.source_port = udp->source_port;
  out.destination_port = udp->destination_port;
  out.text = bytes.subspan(sizeof *udp, length - sizeof *udp);
  return std::nullopt;
}

}  // namespace weir
