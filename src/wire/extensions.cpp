// Walking, checking options, and what to tell the sender.
#include "wire/extensions.hpp"

#include "wire/tlv.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

using Bytes = std::span<const std::uint8_t>;

// RFC 4443 §3.4.
constexpr std::uint8_t kBadField = 0, kUnknownNextHeader = 1, kUnknownOption = 2;

bool is_extension(std::uint8_t protocol) noexcept {
  return protocol == kProtoHopByHop || protocol == kProtoRouting || protocol == kProtoFragment ||
         protocol == kProtoDestination;
}

std::size_t size_of(const layout::Ipv6Extension& header, std::uint8_t kind) noexcept {
  return kind == kProtoFragment ? sizeof header : header.size();
}

}  // namespace

void ExtensionWalk::tell(std::uint8_t code, std::size_t pointer, bool even_to_group) noexcept {
  problem_ = {true, code, static_cast<std::uint16_t>(pointer), even_to_group};
}

Refusal ExtensionWalk::run() noexcept {
  for (unsigned n = 0; is_extension(next_) && !fragment_; ++n) {
    if (n == kMostHeaders) return Drop::ip_bad_extension;
    // RFC 8200 §4: any order and number, but Hop-by-Hop directly behind the IPv6 header; anywhere
    // else it is a next header that is not recognised.
    if (next_ == kProtoHopByHop && n != 0) {
      tell(kUnknownNextHeader, named_at_);
      return Drop::ip_bad_extension;
    }
    if (const Refusal refusal = step()) return refusal;
  }
  return std::nullopt;
}

Refusal ExtensionWalk::step() noexcept {
  const auto* header = view<layout::Ipv6Extension>(packet_, at_);
  if (header == nullptr) return Drop::ip_bad_extension;
  const std::size_t size = size_of(*header, next_);
  if (size > packet_.size() - at_) return Drop::ip_bad_extension;
  if (at_ + size > sizeof(layout::Ipv6) + kMostBytes) return Drop::ip_bad_extension;
  if (const Refusal refusal = check(*header, packet_.subspan(at_, size))) return refusal;
  named_at_ = at_;
  next_ = header->next_header;
  at_ += size;
  return std::nullopt;
}

Refusal ExtensionWalk::check(const layout::Ipv6Extension& header, Bytes bytes) noexcept {
  switch (next_) {
    case kProtoFragment:
      fragment_header_at_ = at_;
      fragment_named_at_ = named_at_;
      fragment_ = !header.is_atomic_fragment();
      return std::nullopt;
    case kProtoRouting:
      // RFC 8200 §4.4, RFC 5095: no routing type is known, type 0 least of all. One that has
      // nothing left to do is passed over.
      if (header.segments_left() == 0) return std::nullopt;
      tell(kBadField, at_ + offsetof(layout::Ipv6Extension, detail));
      return Drop::ip_bad_extension;
    default:
      return check_options(bytes.subspan(2));
  }
}

// RFC 8200 §4.2: none of the options is known; the two highest bits of the type tell what then. The
// first that is not to be skipped decides.
Refusal ExtensionWalk::check_options(Bytes options) noexcept {
  const std::uint8_t* refused = nullptr;
  const bool well_formed =
      walk_options(kIpv6OptionFormat, options, [&](std::uint8_t type, Bytes value) noexcept {
        if (refused == nullptr && (type & 0xc0) != 0) refused = value.data() - 2;
      });
  if (refused != nullptr) {
    const unsigned action = *refused >> 6;
    if (action != 1) {
      tell(kUnknownOption, static_cast<std::size_t>(refused - packet_.data()), action == 2);
    }
    return Drop::ip_bad_option;
  }
  if (!well_formed) return Drop::ip_bad_extension;
  return std::nullopt;
}

std::size_t least_transport_header(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case kProtoTcp:
      return 20;
    case kProtoUdp:
    case kProtoIcmp:
    case kProtoIcmpv6:
      return 8;
    default:
      return 0;
  }
}

std::optional<UpperLayer> upper_layer(Bytes text, std::uint8_t protocol) noexcept {
  for (unsigned n = 0; is_extension(protocol) && n < ExtensionWalk::kMostHeaders; ++n) {
    const auto* header = view<layout::Ipv6Extension>(text);
    if (header == nullptr || size_of(*header, protocol) > text.size()) return std::nullopt;
    text = text.subspan(size_of(*header, protocol));
    protocol = header->next_header;
  }
  return UpperLayer{protocol, text};
}

}  // namespace weir
