// All fixed fields compared as words; what varies is read where it always stands.
#include "wire/plain_ipv4.hpp"

#include <array>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ethernet.hpp"
#include "wire/ipv4_writer.hpp"

namespace weir {
namespace {

struct PlainHeaders {
  layout::Ethernet ethernet;
  layout::Ipv4 ip;
};
static_assert(sizeof(PlainHeaders) == 34 && alignof(PlainHeaders) == 1);

constexpr std::uint32_t kIpAt = sizeof(layout::Ethernet);
constexpr std::uint64_t kEtherTypeOnWire = on_the_wire(std::uint16_t{kEtherIpv4});

void store(void* at, std::uint64_t word) noexcept { std::memcpy(at, &word, sizeof word); }

bool has_plain_form(const PlainHeaders& h) noexcept {
  // EtherType, version and header length stand in a row; behind them the type of service.
  constexpr std::uint32_t kForm = 0x0800'4500, kMask = 0xffff'ff00;
  std::uint32_t word;
  std::memcpy(&word, &h.ethernet.type, sizeof word);
  return (on_the_wire(word) & kMask) == kForm && !h.ip.is_fragment() && h.ip.has_possible_source();
}

bool checksum_matches(const layout::Ipv4& ip) noexcept {
  const auto words = std::bit_cast<std::array<std::uint32_t, 5>>(ip);
  InternetSum sum;
  for (const std::uint32_t word : words) sum.add_image(word);
  return sum.is_intact();
}

}  // namespace

bool parse_plain_ipv4(Frame& frame, const Mac& ours, Packet& packet) noexcept {
  constexpr unsigned kRefused = kRxChained | kRxIpChecksumBad;
  const std::span<std::uint8_t> bytes = frame.bytes();
  if (bytes.size() < sizeof(PlainHeaders) || (frame.flags() & kRefused) != 0) return false;
  const auto& h = *reinterpret_cast<const PlainHeaders*>(bytes.data());
  if (h.ethernet.destination != ours || h.ethernet.source.is_group()) return false;
  if (!has_plain_form(h)) return false;
  const std::uint32_t total = h.ip.total_length;
  if (total < sizeof(layout::Ipv4) || total > bytes.size() - kIpAt) return false;
  if (!frame.has(kRxIpChecksumGood) && !checksum_matches(h.ip)) return false;

  packet.frame = &frame;
  packet.link.source = h.ethernet.source;
  packet.link.destination = h.ethernet.destination;
  packet.link.ether_type = kEtherIpv4;
  packet.link.vlan = 0;
  packet.link.length = sizeof(layout::Ethernet);
  packet.source = Address::v4(h.ip.source);
  packet.destination = Address::v4(h.ip.destination);
  packet.l3_offset = kIpAt;
  packet.l4_offset = sizeof(PlainHeaders);
  packet.l4_length = static_cast<std::uint16_t>(total - sizeof(layout::Ipv4));
  packet.protocol = h.ip.protocol;
  packet.ttl = h.ip.time_to_live;
  packet.traffic_class = h.ip.type_of_service;
  packet.protocol_offset = offsetof(layout::Ipv4, protocol);
  packet.v6 = false;
  packet.has_fragment_header = false;
  packet.fragment = {};
  packet.problem = {};
  return true;
}

void prepend_plain_ipv4(Frame& frame, const IpHeader& ip, const PlainWay& way,
                        ChecksumOffload offload) noexcept {
  const std::uint32_t total = sizeof(layout::Ipv4) + frame.packet_size();
  auto& h = *reinterpret_cast<PlainHeaders*>(frame.prepend(sizeof(PlainHeaders)));
  // The last two bytes of the second word are the IP header's first, which come anew.
  store(&h, way.destination | way.source << 48);
  store(&h.ethernet.source.bytes[2], way.source >> 16 | kEtherTypeOnWire << 32);
  write_ipv4(frame, reinterpret_cast<std::uint8_t*>(&h.ip), total, ip, offload);
  frame.set_header_lengths(kIpAt, sizeof(layout::Ipv4));
}

}  // namespace weir
