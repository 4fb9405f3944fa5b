#include "capture/describe.hpp"

#include <algorithm>

#include "base/mac.hpp"
#include "wire/arp.hpp"
#include "wire/ethernet.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/packet.hpp"
#include "wire/tcp.hpp"
#include "wire/tcp_header.hpp"
#include "wire/udp.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// What the headers say, each looked at only if it is there.
struct Layers {
  const layout::Ethernet* ethernet = nullptr;
  std::uint16_t vlan = 0, type = 0;
  bool is_ip = false, is_later_fragment = false;
  Address source, destination;
  std::uint8_t protocol = 0;
  Bytes l3, l4;
  std::size_t l4_length = 0;  ///< as the IP header has it
};

void read_v4(Layers& out) noexcept {
  const auto* ip = view<layout::Ipv4>(out.l3);
  if (ip == nullptr || ip->version() != 4 || ip->header_length() < sizeof *ip) return;
  out.is_ip = true;
  out.source = Address::v4(ip->source);
  out.destination = Address::v4(ip->destination);
  out.protocol = ip->protocol;
  out.is_later_fragment = (ip->flags_offset & 0x1fffU) != 0;
  const std::size_t total = ip->total_length, header = ip->header_length();
  out.l4 = out.l3.subspan(std::min(header, out.l3.size()));
  out.l4_length = total > header ? total - header : 0;
}

void read_v6(Layers& out) noexcept {
  const auto* ip = view<layout::Ipv6>(out.l3);
  if (ip == nullptr || ip->version() != 6) return;
  out.is_ip = true;
  out.source = Address{ip->source};
  out.destination = Address{ip->destination};
  out.protocol = ip->next_header;
  out.l4 = out.l3.subspan(sizeof *ip);
  out.l4_length = ip->payload_length;
}

Layers read(Bytes frame) noexcept {
  Layers out;
  out.ethernet = view<layout::Ethernet>(frame);
  if (out.ethernet == nullptr) return out;
  out.type = out.ethernet->type;
  std::size_t at = sizeof(layout::Ethernet);
  if (const auto* tag = view<layout::VlanTag>(frame, at);
      out.type == layout::kEtherVlan && tag != nullptr) {
    out.vlan = tag->control & 0xfffU;
    out.type = tag->type;
    at += sizeof *tag;
  }
  out.l3 = frame.subspan(at);
  if (out.type == kEtherIpv4) read_v4(out);
  if (out.type == kEtherIpv6) read_v6(out);
  // Ethernet fills short frames up.
  if (out.l4.size() > out.l4_length) out.l4 = out.l4.first(out.l4_length);
  return out;
}

// As far as they are there; what follows a later fragment's header is its text.
void step_over_extensions(Layers& layers) noexcept {
  if (layers.type != kEtherIpv6) return;
  for (;;) {
    const std::uint8_t kind = layers.protocol;
    const bool fragment = kind == kProtoFragment;
    const bool extension =
        kind == kProtoHopByHop || kind == kProtoRouting || kind == kProtoDestination || fragment;
    if (!extension || layers.is_later_fragment || layers.l4.size() < 8) return;
    const std::size_t length = fragment ? 8 : (layers.l4[1] + 1U) * 8;
    layers.is_later_fragment = fragment && (layers.l4[2] != 0 || (layers.l4[3] & 0xf8U) != 0);
    layers.protocol = layers.l4[0];
    layers.l4 = layers.l4.subspan(std::min(length, layers.l4.size()));
  }
}

std::string end_text(const Address& address, std::uint16_t port) {
  if (port == 0) return to_string(address);
  const std::string host = to_string(address);
  return (address.is_v4() ? host : '[' + host + ']') + ':' + std::to_string(port);
}

std::string flags_text(std::uint8_t flags) {
  constexpr struct {
    TcpFlag flag;
    char letter;
  } kLetters[] = {{kSyn, 'S'}, {kFin, 'F'}, {kRst, 'R'}, {kPsh, 'P'},
                  {kAck, '.'}, {kUrg, 'U'}, {kEce, 'E'}, {kCwr, 'W'}};
  std::string text;
  for (const auto& [flag, letter] : kLetters) {
    if ((flags & flag) != 0) text += letter;
  }
  return text.empty() ? "none" : text;
}

std::string tcp_text(const Layers& layers, const layout::Tcp& tcp) {
  const std::size_t header = tcp.header_length();
  std::string text =
      " tcp " + flags_text(tcp.flags) + ", seq " + std::to_string(tcp.sequence_number);
  if ((tcp.flags & kAck) != 0) text += ", ack " + std::to_string(tcp.acknowledgment_number);
  text += ", win " + std::to_string(tcp.window);
  if (header < sizeof tcp || header > layers.l4_length) return text + ", bad header length";
  return text + ", length " + std::to_string(layers.l4_length - header);
}

std::string transport_text(const Layers& layers) {
  if (layers.is_later_fragment)
    return " a later fragment of protocol " + std::to_string(layers.protocol);
  if (layers.protocol == kProtoTcp) {
    const auto* tcp = view<layout::Tcp>(layers.l4);
    return tcp != nullptr ? tcp_text(layers, *tcp) : " tcp, truncated";
  }
  if (layers.protocol == kProtoUdp) {
    const auto* udp = view<layout::Udp>(layers.l4);
    if (udp == nullptr) return " udp, truncated";
    return " udp, length " +
           std::to_string(std::max<int>(udp->length, sizeof *udp) - int{sizeof *udp});
  }
  const bool v4 = layers.protocol == kProtoIcmp, v6 = layers.protocol == kProtoIcmpv6;
  if ((v4 || v6) && layers.l4.size() >= 2) {
    return std::string(v4 ? " icmp" : " icmp6") + " type " + std::to_string(layers.l4[0]) +
           " code " + std::to_string(layers.l4[1]) + ", length " + std::to_string(layers.l4_length);
  }
  return " protocol " + std::to_string(layers.protocol) + ", length " +
         std::to_string(layers.l4_length);
}

std::string arp_text(Bytes message) {
  const auto* arp = view<layout::Arp>(message);
  if (arp == nullptr) return "arp, truncated";
  const std::string sender = to_string(Address::v4(arp->sender));
  const bool asks = arp->operation == static_cast<std::uint16_t>(ArpOperation::request);
  return asks ? "arp who has " + to_string(Address::v4(arp->target)) + ", tell " + sender
              : "arp " + sender + " is reported";
}

Ends ends_in(const Layers& layers) noexcept {
  Ends ends{layers.source, layers.destination, 0, 0, layers.protocol};
  const bool has_ports = layers.protocol == kProtoTcp || layers.protocol == kProtoUdp;
  if (!has_ports || layers.is_later_fragment || layers.l4.size() < 4) return ends;
  ends.source_port = static_cast<std::uint16_t>(layers.l4[0] << 8 | layers.l4[1]);
  ends.destination_port = static_cast<std::uint16_t>(layers.l4[2] << 8 | layers.l4[3]);
  return ends;
}

// What stands where an IP header is broken: enough to see how.
constexpr std::size_t plain_header(std::uint16_t type) noexcept {
  return type == kEtherIpv4 ? sizeof(layout::Ipv4) : type == kEtherIpv6 ? sizeof(layout::Ipv6) : 0;
}

// Of the packet that an ICMP error quotes: its IP header without extensions, and as much behind it
// as RFC 792 has every error quote: a transport's ports and its first number.
std::size_t quoted_headers(Bytes icmp, bool v6) noexcept {
  constexpr std::size_t kTransport = 8;
  const bool error = v6 ? icmp[0] < kIcmpv6EchoRequest
                        : icmp[0] == kIcmpUnreachable || icmp[0] == kIcmpTimeExceeded ||
                              icmp[0] == kIcmpParameterProblem;
  if (!error || icmp.size() <= sizeof(layout::Icmp)) return 0;
  if (v6) return sizeof(layout::Ipv6) + kTransport;
  return (icmp[sizeof(layout::Icmp)] & 0xfU) * 4U + kTransport;
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  constexpr std::string_view kNames[] = {"answered",  "delivered", "consumed",
                                         "forwarded", "dropped",   "held"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::optional<Ends> ends_of(std::span<const std::uint8_t> frame) noexcept {
  const Layers layers = read(frame);
  if (!layers.is_ip) return std::nullopt;
  return ends_in(layers);
}

std::size_t header_bytes(std::span<const std::uint8_t> frame) noexcept {
  Layers layers = read(frame);
  step_over_extensions(layers);
  if (layers.ethernet == nullptr || layers.type == kEtherArp) return frame.size();
  const auto until = [&frame](const std::uint8_t* begin, std::size_t more) {
    return std::min(frame.size(), static_cast<std::size_t>(begin - frame.data()) + more);
  };
  if (!layers.is_ip) return until(layers.l3.data(), plain_header(layers.type));
  const Bytes l4 = layers.l4;
  if (layers.is_later_fragment || l4.empty()) return until(l4.data(), 0);
  if (layers.protocol == kProtoTcp) {
    const auto* const tcp = view<layout::Tcp>(l4);
    return until(l4.data(), tcp == nullptr ? l4.size() : tcp->header_length());
  }
  if (layers.protocol == kProtoUdp) return until(l4.data(), sizeof(layout::Udp));
  if (layers.protocol != kProtoIcmp && layers.protocol != kProtoIcmpv6) return until(l4.data(), 0);
  const bool v6 = layers.protocol == kProtoIcmpv6;
  if (v6 && l4[0] >= kIcmpv6RouterSolicitation && l4[0] <= kIcmpv6Redirect) return frame.size();
  return until(l4.data(), sizeof(layout::Icmp) + quoted_headers(l4, v6));
}

std::string describe(std::span<const std::uint8_t> frame) {
  const Layers layers = read(frame);
  if (layers.ethernet == nullptr) return "a truncated frame";
  const std::string vlan = layers.vlan != 0 ? "vlan " + std::to_string(layers.vlan) + ' ' : "";
  if (layers.is_ip) {
    const Ends ends = ends_in(layers);
    return vlan + end_text(ends.source, ends.source_port) + " > " +
           end_text(ends.destination, ends.destination_port) + transport_text(layers);
  }
  if (layers.type == kEtherArp) return vlan + arp_text(layers.l3);
  constexpr char kHex[] = "0123456789abcdef";
  std::string type = "0x";
  for (int shift = 12; shift >= 0; shift -= 4) type += kHex[layers.type >> shift & 15];
  return vlan + to_string(layers.ethernet->source) + " > " +
         to_string(layers.ethernet->destination) + " ethertype " + type;
}

}  // namespace weir
