// Cutting a packet (RFC 791 §3.2, RFC 8200 §4.5).
#include "ip/fragmenter.hpp"

#include <algorithm>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/packet.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint16_t kMoreFragmentsV4 = 0x2000, kMoreFragmentsV6 = 1;

bool is_v6(std::span<const std::uint8_t> packet) noexcept { return packet[0] >> 4 == 6; }
std::uint32_t header_of(bool v6) noexcept {
  return v6 ? sizeof(layout::Ipv6) : sizeof(layout::Ipv4);
}
// Text of each fragment but the last: whole units of 8 bytes.
std::uint32_t text_of_each(bool v6, std::uint16_t mtu) noexcept {
  constexpr std::uint32_t kFragmentHeader = sizeof(layout::Ipv6Extension);
  return (mtu - header_of(v6) - (v6 ? kFragmentHeader : 0)) & ~7U;
}

void write_v4_header(std::span<const std::uint8_t> packet, std::uint32_t identification,
                     std::uint32_t offset, bool more, Frame& out) noexcept {
  auto& ip = prepend<layout::Ipv4>(out);
  std::memcpy(&ip, packet.data(), sizeof ip);
  ip.total_length = static_cast<std::uint16_t>(out.size());
  ip.identification = static_cast<std::uint16_t>(identification);
  ip.flags_offset = static_cast<std::uint16_t>(offset / 8 | (more ? kMoreFragmentsV4 : 0U));
  ip.header_checksum = std::uint16_t{0};
  ip.header_checksum = internet_checksum(out.bytes().first(sizeof ip));
}

void write_v6_headers(std::span<const std::uint8_t> packet, std::uint32_t identification,
                      std::uint32_t offset, bool more, Frame& out) noexcept {
  auto& fragment = prepend<layout::Ipv6Extension>(out);
  fragment.next_header = packet[offsetof(layout::Ipv6, next_header)];
  fragment.length = 0;
  fragment.detail = static_cast<std::uint16_t>(offset | (more ? kMoreFragmentsV6 : 0U));
  fragment.rest = identification;
  const auto payload = static_cast<std::uint16_t>(out.size());
  auto& ip = prepend<layout::Ipv6>(out);
  std::memcpy(&ip, packet.data(), sizeof ip);
  ip.payload_length = payload;
  ip.next_header = kProtoFragment;
}

}  // namespace

std::uint32_t Identifications::next(const Address& source, const Address& destination) noexcept {
  const std::uint64_t hash =
      siphash(key_, {source.high(), source.low(), destination.high(), destination.low()});
  std::uint32_t& counter = counters_[(hash >> 32) % counters_.size()];
  const std::uint32_t number = counter++ * workers_ + self_;
  if (destination.is_v4()) return static_cast<std::uint32_t>(hash) + number;
  return static_cast<std::uint32_t>(siphash(key_, {hash, std::uint64_t{number}}));
}

std::uint32_t fragments_needed(std::span<const std::uint8_t> packet, std::uint16_t mtu) noexcept {
  const bool v6 = is_v6(packet);
  const auto text = static_cast<std::uint32_t>(packet.size()) - header_of(v6);
  const std::uint32_t each = text_of_each(v6, mtu);
  return (text + each - 1) / each;
}

void write_fragment(std::span<const std::uint8_t> packet, std::uint16_t mtu,
                    std::uint32_t identification, std::uint32_t i, std::uint32_t headroom,
                    Frame& out) noexcept {
  const bool v6 = is_v6(packet);
  const std::uint32_t each = text_of_each(v6, mtu), offset = i * each;
  const auto text = packet.subspan(header_of(v6)).subspan(offset);
  const bool more = text.size() > each;
  const auto piece = text.first(std::min<std::size_t>(text.size(), each));
  out.place(headroom, static_cast<std::uint32_t>(piece.size()));
  std::memcpy(out.bytes().data(), piece.data(), piece.size());
  if (v6) {
    write_v6_headers(packet, identification, offset, more, out);
  } else {
    write_v4_header(packet, identification, offset, more, out);
  }
}

}  // namespace weir
