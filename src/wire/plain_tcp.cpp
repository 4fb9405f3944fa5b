// All fixed fields compared as words; what varies is read where it always stands.
#include "wire/plain_tcp.hpp"

#include <array>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ethernet.hpp"
#include "wire/header_writer.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"

namespace weir {
namespace {

struct PlainHeaders {
  layout::Ethernet ethernet;
  layout::Ipv4 ip;
  layout::Tcp tcp;
};
static_assert(sizeof(PlainHeaders) == 54 && alignof(PlainHeaders) == 1);

constexpr std::uint32_t kIpAt = sizeof(layout::Ethernet);
constexpr std::uint32_t kTcpAt = kIpAt + sizeof(layout::Ipv4);
constexpr unsigned kRefused = kRxChained | kRxIpChecksumBad | kRxL4ChecksumBad;

// One word of a header from its halves.
constexpr std::uint32_t word_of(std::uint32_t high, std::uint32_t low) noexcept {
  return high << 16 | low;
}

template <class Word>
Word word_at(const void* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

void store(void* at, std::uint64_t word) noexcept { std::memcpy(at, &word, sizeof word); }

constexpr std::uint64_t kEtherTypeOnWire = on_the_wire(std::uint16_t{kEtherIpv4});

bool has_plain_form(const PlainHeaders& h) noexcept {
  // EtherType, version and header length stand in a row; behind them the type of service.
  constexpr std::uint32_t kForm = 0x0800'4500, kMask = 0xffff'ff00;
  const bool form = (on_the_wire(word_at<std::uint32_t>(&h.ethernet.type)) & kMask) == kForm;
  const std::uint8_t net = h.ip.source[0];
  return form && !h.ip.is_fragment() && h.ip.protocol == kProtoTcp && net != 0 && net != 127 &&
         net < 224;
}

bool ip_checksum_matches(const layout::Ipv4& ip) noexcept {
  const auto words = std::bit_cast<std::array<std::uint32_t, 5>>(ip);
  InternetSum sum;
  for (const std::uint32_t word : words) sum.add_image(word);
  return sum.is_intact();
}

}  // namespace

bool parse_plain_tcp(Frame& frame, const Mac& ours, Packet& packet, Segment& seg) noexcept {
  const std::span<std::uint8_t> bytes = frame.bytes();
  if (bytes.size() < sizeof(PlainHeaders) || (frame.flags() & kRefused) != 0) return false;
  const auto& h = *reinterpret_cast<const PlainHeaders*>(bytes.data());
  if (h.ethernet.destination != ours || h.ethernet.source.is_group()) return false;
  if (!has_plain_form(h)) return false;
  const std::uint32_t total = h.ip.total_length;
  const std::uint32_t header = static_cast<std::uint32_t>(h.tcp.header_length());
  if (header < sizeof(layout::Tcp) || total < sizeof(layout::Ipv4) + header) return false;
  if (total > bytes.size() - kIpAt) return false;
  if (!frame.has(kRxIpChecksumGood) && !ip_checksum_matches(h.ip)) return false;

  const Address source = Address::v4(h.ip.source);
  const Address destination = Address::v4(h.ip.destination);
  const auto l4_length = static_cast<std::uint32_t>(total - sizeof(layout::Ipv4));
  const auto l4 = bytes.subspan(kTcpAt, l4_length);
  if (!frame.has(kRxL4ChecksumGood) &&
      !pseudo_header_sum(source, destination, kProtoTcp, l4_length).add(l4).is_intact()) {
    return false;
  }
  const std::uint16_t source_port = h.tcp.source_port;
  if (source_port == 0 || source == destination) return false;

  packet.frame = &frame;
  packet.link.source = h.ethernet.source;
  packet.link.destination = h.ethernet.destination;
  packet.link.ether_type = kEtherIpv4;
  packet.link.vlan = 0;
  packet.link.length = sizeof(layout::Ethernet);
  packet.source = source;
  packet.destination = destination;
  packet.l3_offset = kIpAt;
  packet.l4_offset = kTcpAt;
  packet.l4_length = static_cast<std::uint16_t>(l4_length);
  packet.protocol = kProtoTcp;
  packet.ttl = h.ip.time_to_live;
  packet.traffic_class = h.ip.type_of_service;
  packet.protocol_offset = offsetof(layout::Ipv4, protocol);
  packet.v6 = false;
  packet.has_fragment_header = false;
  packet.fragment = {};
  packet.problem = {};

  seg.source_port = source_port;
  seg.destination_port = h.tcp.destination_port;
  seg.seq = Seq(h.tcp.sequence_number);
  seg.ack = Seq(h.tcp.acknowledgment_number);
  seg.window = h.tcp.window;
  seg.of_syn = false;
  seg.flags = h.tcp.flags;
  seg.traffic_class = h.ip.type_of_service;
  seg.options.reset();
  if (header != sizeof(layout::Tcp)) {
    seg.options.read(l4.subspan(sizeof(layout::Tcp), header - sizeof(layout::Tcp)));
  }
  seg.text = l4.subspan(header);
  seg.frame = &frame;
  return true;
}

void prepend_plain_tcp(Frame& frame, const TcpHeader& header, const IpHeader& ip,
                       const PlainWay& way, ChecksumOffload offload) noexcept {
  const std::span<const std::uint8_t> text = frame.bytes();
  const auto tcp_header =
      static_cast<std::uint32_t>(sizeof(layout::Tcp) + header.options.encoded_size());
  auto& h = *reinterpret_cast<PlainHeaders*>(frame.prepend(kTcpAt + tcp_header));
  const auto l4_length = static_cast<std::uint32_t>(frame.size() - kTcpAt);
  unsigned flags = frame.flags() & ~kTxOffloads;

  HeaderWriter tcp(reinterpret_cast<std::uint8_t*>(&h.tcp));
  tcp.word(word_of(header.source_port, header.destination_port));
  tcp.word(header.seq.value());
  tcp.word(header.ack.value());
  tcp.word(tcp_header / 4 << 28 | std::uint32_t{header.flags} << 16 | header.window);
  tcp.word(0);  // checksum, urgent pointer
  header.options.write(tcp);
  InternetSum sum = pseudo_header_sum(ip.source, ip.destination, kProtoTcp, l4_length);
  if (offload.tcp) {
    flags |= kTxTcpChecksum;
    h.tcp.checksum = sum.folded();
  } else {
    h.tcp.checksum = sum.add(tcp.sum()).add(text).checksum();
  }

  // The last two bytes of the second word are the IP header's first, which come anew.
  store(&h, way.destination | way.source << 48);
  store(&h.ethernet.source.bytes[2], way.source >> 16 | kEtherTypeOnWire << 32);
  HeaderWriter out(reinterpret_cast<std::uint8_t*>(&h.ip));
  out.word(word_of(0x4500U | ip.traffic_class, sizeof(layout::Ipv4) + l4_length));
  out.word(word_of(ip.identification, layout::kDontFragment));
  out.word(word_of(std::uint32_t{ip.ttl} << 8 | ip.protocol, 0));
  out.word(ip.source.v4_host_order());
  out.word(ip.destination.v4_host_order());
  if (offload.ipv4) {
    flags |= kTxIpChecksum;
  } else {
    h.ip.header_checksum = out.sum().checksum();
  }
  frame.set_header_lengths(kIpAt, sizeof(layout::Ipv4));
  frame.set_flags(static_cast<std::uint16_t>(flags));
}

}  // namespace weir
