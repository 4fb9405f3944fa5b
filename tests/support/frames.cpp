// Headers written byte by byte.
#include "support/frames.hpp"

namespace weir::test {
namespace {

class Writer {
 public:
  Writer& u8(unsigned v) { return out_.push_back(static_cast<std::uint8_t>(v)), *this; }
  Writer& u16(unsigned v) { return u8(v >> 8 & 0xff).u8(v & 0xff); }
  Writer& u32(std::uint32_t v) { return u16(v >> 16).u16(v & 0xffff); }
  Writer& raw(std::span<const std::uint8_t> b) {
    return out_.insert(out_.end(), b.begin(), b.end()), *this;
  }
  [[nodiscard]] Octets take() { return std::move(out_); }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  Octets out_;
};

std::span<const std::uint8_t> as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

std::span<const std::uint8_t> address_bytes(const Address& a) {
  return std::span(a.bytes).subspan(a.is_v4() ? 12 : 0);
}

void put16(Octets& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

std::uint16_t transport_checksum(const Address& from, const Address& to, std::uint8_t protocol,
                                 std::span<const std::uint8_t> bytes) {
  Octets pseudo;
  for (const Address* a : {&from, &to}) {
    const auto b = address_bytes(*a);
    pseudo.insert(pseudo.end(), b.begin(), b.end());
  }
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::uint32_t sum = protocol + (length >> 16) + (length & 0xffff);
  for (std::size_t i = 0; i < pseudo.size(); i += 2) {
    sum += static_cast<std::uint32_t>(pseudo[i] << 8 | pseudo[i + 1]);
  }
  return plain_checksum(bytes, sum);
}

Octets option_bytes(const Seg& seg) {
  if (seg.raw_options_) return *seg.raw_options_;
  Writer w;
  if (seg.mss_) w.u8(2).u8(4).u16(*seg.mss_);
  if (seg.scale_) w.u8(3).u8(3).u8(*seg.scale_);
  if (seg.sack_permitted_) w.u8(4).u8(2);
  if (seg.ts_) w.u8(8).u8(10).u32(seg.ts_->first).u32(seg.ts_->second);
  if (seg.sack_) {
    w.u8(5).u8(static_cast<unsigned>(2 + 8 * seg.sack_->size()));
    for (const auto& [left, right] : *seg.sack_) w.u32(left).u32(right);
  }
  return w.take();
}

}  // namespace

std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  }
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back() << 8);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Ends from_peer(Family f) {
  Ends ends;
  ends.source = peer_address(f);
  ends.destination = our_address(f);
  return ends;
}

Octets ethernet_frame(const Mac& to, const Mac& from, std::uint16_t type,
                      std::span<const std::uint8_t> payload, std::uint16_t vlan) {
  Writer w;
  w.raw(to.bytes).raw(from.bytes);
  if (vlan != 0) w.u16(0x8100).u16(vlan);
  w.u16(type).raw(payload);
  return w.take();
}

Octets ip_frame(const Ends& e, std::uint8_t protocol, std::span<const std::uint8_t> payload) {
  Writer w;
  if (e.destination.is_v4()) {
    w.u8(0x45).u8(e.traffic_class).u16(static_cast<unsigned>(20 + payload.size()));
    w.u16(0x1234).u16(0x4000).u8(e.ttl).u8(protocol).u16(0);
    w.raw(address_bytes(e.source)).raw(address_bytes(e.destination));
    Octets header = w.take();
    put16(header, 10, plain_checksum(header));
    w.raw(header).raw(payload);
  } else {
    w.u32(6U << 28 | std::uint32_t{e.traffic_class} << 20);
    w.u16(static_cast<unsigned>(payload.size())).u8(protocol).u8(e.ttl);
    w.raw(e.source.bytes).raw(e.destination.bytes).raw(payload);
  }
  const std::uint16_t type = e.destination.is_v4() ? 0x0800 : 0x86dd;
  return ethernet_frame(e.destination_mac, e.source_mac, type, w.take(), e.vlan);
}

Octets tcp_frame(const Ends& ends, const Seg& seg) {
  Octets options = option_bytes(seg);
  while (options.size() % 4 != 0) options.push_back(0);
  Writer w;
  w.u16(seg.source_port).u16(seg.destination_port);
  w.u32(seg.seq_.value_or(0)).u32(seg.ack_.value_or(0));
  w.u8(static_cast<unsigned>((5 + options.size() / 4) << 4) | seg.reserved_).u8(seg.flags);
  w.u16(seg.window_.value_or(0xffff)).u16(0).u16(seg.urgent_).raw(options);
  if (seg.text_) w.raw(as_bytes(*seg.text_));
  Octets l4 = w.take();
  put16(l4, 16, transport_checksum(ends.source, ends.destination, kProtoTcp, l4));
  if (seg.bad_checksum_) l4[16] ^= 0x55;
  return ip_frame(ends, kProtoTcp, l4);
}

Octets udp_frame(const Ends& ends, std::uint16_t from, std::uint16_t to, std::string_view text,
                 bool with_checksum) {
  Writer w;
  w.u16(from).u16(to).u16(static_cast<unsigned>(8 + text.size())).u16(0).raw(as_bytes(text));
  Octets l4 = w.take();
  if (with_checksum) {
    const std::uint16_t sum = transport_checksum(ends.source, ends.destination, kProtoUdp, l4);
    put16(l4, 6, sum == 0 ? 0xffff : sum);
  }
  return ip_frame(ends, kProtoUdp, l4);
}

Octets icmp_frame(const Ends& ends, std::uint8_t type, std::uint8_t code,
                  std::span<const std::uint8_t> rest) {
  Writer w;
  Octets l4 = w.u8(type).u8(code).u16(0).raw(rest).take();
  const bool v4 = ends.destination.is_v4();
  put16(l4, 2,
        v4 ? plain_checksum(l4)
           : transport_checksum(ends.source, ends.destination, kProtoIcmpv6, l4));
  return ip_frame(ends, v4 ? kProtoIcmp : kProtoIcmpv6, l4);
}

Octets echo_request(const Ends& ends, std::string_view text) {
  Writer w;
  w.u16(0x77).u16(1).raw(as_bytes(text));
  return icmp_frame(ends, ends.destination.is_v4() ? 8 : 128, 0, w.take());
}

Octets arp_frame(std::uint16_t operation, const Mac& sender_mac, const Address& sender,
                 const Address& target, const Mac& to) {
  Writer w;
  w.u16(1).u16(0x0800).u8(6).u8(4).u16(operation);
  w.raw(sender_mac.bytes).raw(sender.v4_bytes());
  w.raw(operation == 1 ? Mac{}.bytes : to.bytes).raw(target.v4_bytes());
  return ethernet_frame(to, sender_mac, 0x0806, w.take());
}

Octets solicitation(const Address& source, const Address& target, std::optional<Mac> source_mac) {
  Ends ends;
  ends.source = source;
  ends.destination = address("ff02::1:ff00:0");
  for (std::size_t i = 13; i < 16; ++i) ends.destination.bytes[i] = target.bytes[i];
  ends.destination_mac =
      Mac{{0x33, 0x33, 0xff, target.bytes[13], target.bytes[14], target.bytes[15]}};
  ends.ttl = 255;
  Writer w;
  w.u32(0).raw(target.bytes);
  if (source_mac) w.u8(1).u8(1).raw(source_mac->bytes);
  return icmp_frame(ends, 135, 0, w.take());
}

Octets advertisement(const Address& source, const Address& destination,
                     std::optional<Mac> target_mac, std::uint32_t flags) {
  Ends ends;
  ends.source = source;
  ends.destination = destination;
  ends.ttl = 255;
  Writer w;
  w.u32(flags).raw(source.bytes);
  if (target_mac) w.u8(2).u8(1).raw(target_mac->bytes);
  return icmp_frame(ends, 136, 0, w.take());
}

void mend_checksums(Octets& f) {
  if (f.size() < 34) return;
  const unsigned type = static_cast<unsigned>(f[12] << 8 | f[13]);
  std::size_t l4 = 14 + 40, end = f.size();
  std::uint8_t protocol = 0;
  Address from, to;
  if (type == 0x0800) {
    l4 = 14 + (f[14] & 15U) * 4U;
    const std::size_t total = static_cast<std::size_t>(f[16] << 8 | f[17]);
    if (l4 < 34 || l4 > f.size() || 14 + total > f.size() || 14 + total < l4) return;
    end = 14 + total;
    put16(f, 24, 0);
    put16(f, 24, plain_checksum(std::span(f).subspan(14, l4 - 14)));
    protocol = f[23];
    from = Address::v4(std::span<const std::uint8_t, 4>(f.data() + 26, 4));
    to = Address::v4(std::span<const std::uint8_t, 4>(f.data() + 30, 4));
  } else if (type == 0x86dd && f.size() >= l4) {
    const std::size_t payload = static_cast<std::size_t>(f[18] << 8 | f[19]);
    if (l4 + payload > f.size()) return;
    end = l4 + payload;
    protocol = f[20];
    from = Address::v6(std::span<const std::uint8_t, 16>(f.data() + 22, 16));
    to = Address::v6(std::span<const std::uint8_t, 16>(f.data() + 38, 16));
  } else {
    return;
  }
  const std::size_t at = protocol == kProtoTcp ? 16 : protocol == kProtoUdp ? 6 : 2;
  const bool known = protocol == kProtoTcp || protocol == kProtoUdp || protocol == kProtoIcmp ||
                     protocol == kProtoIcmpv6;
  if (!known || end - l4 < at + 2) return;
  put16(f, l4 + at, 0);
  const auto bytes = std::span(f).subspan(l4, end - l4);
  put16(f, l4 + at,
        protocol == kProtoIcmp ? plain_checksum(bytes)
                               : transport_checksum(from, to, protocol, bytes));
}

}  // namespace weir::test
