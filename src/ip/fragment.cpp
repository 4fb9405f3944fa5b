// RFC 791 §3.2, RFC 8200 §4.5, RFC 1858, RFC 3128, RFC 7112.
#include "ip/fragment.hpp"

#include "wire/extensions.hpp"
#include "wire/ipv6.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kMostBytes = 65535;
constexpr std::uint32_t kUncounted = sizeof(layout::Ipv6) + sizeof(layout::Ipv6Extension);
constexpr std::uint8_t kBadField = 0, kIncompleteChain = 3;

void tell(Packet& fragment, std::uint8_t code, std::size_t pointer) noexcept {
  if (fragment.v6) fragment.problem = {true, code, static_cast<std::uint16_t>(pointer), false};
}

// RFC 1858 §3, RFC 7112: the first fragment holds all headers up to the transport's, and no second
// one writes into TCP's.
bool is_tiny(const Packet& fragment) noexcept {
  if (fragment.fragment.offset == 8) return fragment.protocol == kProtoTcp;
  if (fragment.fragment.offset != 0) return false;
  UpperLayer upper{fragment.protocol, fragment.l4()};
  if (fragment.v6) {
    const auto behind = upper_layer(upper.text, upper.protocol);
    if (!behind) return true;
    upper = *behind;
  }
  return upper.text.size() < least_transport_header(upper.protocol);
}

}  // namespace

Refusal check_fragment(Packet& fragment) noexcept {
  const Fragment& f = fragment.fragment;
  // RFC 8200 §4.5: the pointer is at the field that is wrong.
  if (fragment.l4_length == 0) return Drop::ip_fragment_malformed;
  if (f.more && fragment.l4_length % 8 != 0) {
    tell(fragment, kBadField, offsetof(layout::Ipv6, payload_length));
    return Drop::ip_fragment_malformed;
  }
  // What stands before the datagram's text counts in the length of an IPv4 packet, and but for the
  // IPv6 header and the Fragment header in that of an IPv6 packet.
  std::uint32_t before = fragment.l4_offset - std::uint32_t{fragment.l3_offset};
  if (fragment.v6) before -= kUncounted;
  if (before + f.offset + fragment.l4_length > kMostBytes) {
    const std::size_t header = fragment.protocol_offset;  // the Fragment header's first byte
    tell(fragment, kBadField, header + offsetof(layout::Ipv6Extension, detail));
    return Drop::ip_fragment_too_long;
  }
  if (is_tiny(fragment)) {
    if (f.offset == 0) tell(fragment, kIncompleteChain, 0);
    return Drop::ip_fragment_tiny;
  }
  return std::nullopt;
}

}  // namespace weir
