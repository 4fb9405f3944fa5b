// Reading our own frames, with no mercy.
#include "support/sent.hpp"

#include <sstream>

namespace weir::test {
namespace {

unsigned get16(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<unsigned>(b[at] << 8 | b[at + 1]);
}
std::uint32_t get32(std::span<const std::uint8_t> b, std::size_t at) {
  return std::uint32_t{get16(b, at)} << 16 | get16(b, at + 2);
}

std::uint32_t pseudo_sum(const Sent& s, std::uint8_t protocol) {
  std::uint32_t sum = protocol + static_cast<std::uint32_t>(s.l4.size());
  const std::size_t from = s.source.is_v4() ? 12 : 0;
  for (std::size_t i = from; i < 16; i += 2) {
    sum += get16(s.source.bytes, i) + get16(s.destination.bytes, i);
  }
  return sum;
}

// Rows 62, 67: every option has its length, the list is padded with zeros, MSS stands on a SYN
// only.
void check_options(const Sent& s) {
  bool ended = false;
  for (std::size_t i = 20; i < s.header_size;) {
    const unsigned kind = s.l4[i];
    if (ended) {
      EXPECT_EQ(kind, 0U) << "padding behind the end of options is not zero";
      ++i;
      continue;
    }
    if (kind <= 1) {
      ended = kind == 0;
      ++i;
      continue;
    }
    ASSERT_LT(i + 1, s.header_size);
    const unsigned length = s.l4[i + 1];
    const unsigned expected = kind == 2   ? 4
                              : kind == 3 ? 3
                              : kind == 4 ? 2
                              : kind == 8 ? 10
                                          : length;
    EXPECT_EQ(length, expected) << "option " << kind;
    if (kind == 5) {
      EXPECT_EQ((length - 2) % 8, 0U);
    }
    ASSERT_GE(length, 2U);
    ASSERT_LE(i + length, s.header_size);
    if (kind == 2 || kind == 3 || kind == 4) {
      EXPECT_TRUE(s.flags & kSyn) << "option " << kind;
    }
    i += length;
  }
}

void read_tcp(Sent& s) {
  ASSERT_GE(s.l4.size(), 20U);
  s.kind = Sent::Kind::tcp;
  EXPECT_EQ(plain_checksum(s.l4, pseudo_sum(s, kProtoTcp)), 0) << "row 56: TCP checksum";
  EXPECT_EQ(s.l4[12] & 0x0f, 0) << "row 104: reserved bits";
  s.source_port = static_cast<std::uint16_t>(get16(s.l4, 0));
  s.destination_port = static_cast<std::uint16_t>(get16(s.l4, 2));
  s.seq = get32(s.l4, 4);
  s.ack = get32(s.l4, 8);
  s.flags = s.l4[13];
  s.window = static_cast<std::uint16_t>(get16(s.l4, 14));
  s.header_size = (s.l4[12] >> 4) * 4U;
  ASSERT_GE(s.header_size, 20U);
  ASSERT_LE(s.header_size, s.l4.size());
  EXPECT_EQ(get16(s.l4, 18), 0U) << "an urgent pointer of ours";
  EXPECT_EQ(s.flags & kUrg, 0);
  if ((s.flags & kAck) == 0) {
    EXPECT_EQ(s.ack, 0U) << "an acknowledgement without the bit";
  }
  s.options = TcpOptions::parse(std::span(s.l4).subspan(20, s.header_size - 20));
  s.text.assign(s.l4.begin() + static_cast<std::ptrdiff_t>(s.header_size), s.l4.end());
  check_options(s);
}

void read_udp(Sent& s) {
  ASSERT_GE(s.l4.size(), 8U);
  s.kind = Sent::Kind::udp;
  EXPECT_EQ(get16(s.l4, 4), s.l4.size());
  EXPECT_NE(get16(s.l4, 6), 0U) << "row 40: we send checksums";
  EXPECT_EQ(plain_checksum(s.l4, pseudo_sum(s, kProtoUdp)), 0) << "row 56: UDP checksum";
  s.source_port = static_cast<std::uint16_t>(get16(s.l4, 0));
  s.destination_port = static_cast<std::uint16_t>(get16(s.l4, 2));
  s.text.assign(s.l4.begin() + 8, s.l4.end());
}

void read_icmp(Sent& s, bool v6) {
  ASSERT_GE(s.l4.size(), 8U);
  s.kind = Sent::Kind::icmp;
  EXPECT_EQ(plain_checksum(s.l4, v6 ? pseudo_sum(s, kProtoIcmpv6) : 0), 0)
      << "row 56: ICMP checksum";
  s.type = s.l4[0];
  s.code = s.l4[1];
}

// Rows 14, 170: a piece of the packet; what is in it is checked once it is whole.
void read_fragment(Sent& s, unsigned offset, bool more, std::uint32_t identification) {
  s.kind = Sent::Kind::fragment;
  s.offset = offset;
  s.more = more;
  s.identification = identification;
  EXPECT_FALSE(s.l4.empty());
  if (more) {
    EXPECT_EQ(s.l4.size() % 8, 0U);
  }
  EXPECT_LE(s.frame.size(), 1500U + 18);
}

void read_ip(Sent& s, std::span<const std::uint8_t> ip, bool v6) {
  std::uint8_t protocol = 0;
  if (v6) {
    ASSERT_GE(ip.size(), 40U);
    ASSERT_EQ(ip[0] >> 4, 6);
    ASSERT_EQ(get16(ip, 4) + 40, ip.size());
    s.traffic_class = static_cast<std::uint8_t>(get32(ip, 0) >> 20);
    s.flow_label = get32(ip, 0) & 0xfffff;
    protocol = ip[6];
    s.ttl = ip[7];
    s.source = Address::v6(std::span<const std::uint8_t, 16>(ip.data() + 8, 16));
    s.destination = Address::v6(std::span<const std::uint8_t, 16>(ip.data() + 24, 16));
  } else {
    ASSERT_GE(ip.size(), 20U);
    ASSERT_EQ(ip[0], 0x45);
    ASSERT_EQ(get16(ip, 2), ip.size());
    EXPECT_EQ(plain_checksum(ip.first(20)), 0) << "row 56: IPv4 header checksum";
    if ((get16(ip, 6) & 0x3fff) == 0) {
      EXPECT_EQ(get16(ip, 6), 0x4000U) << "row 25: DF, unfragmented";
    } else {
      EXPECT_EQ(get16(ip, 6) & 0xc000, 0U) << "row 25: no DF on a fragment";
    }
    s.traffic_class = ip[1];
    s.ttl = ip[8];
    protocol = ip[9];
    s.source = Address::v4(std::span<const std::uint8_t, 4>(ip.data() + 12, 4));
    s.destination = Address::v4(std::span<const std::uint8_t, 4>(ip.data() + 16, 4));
  }
  EXPECT_NE(s.ttl, 0) << "row 20";
  EXPECT_FALSE(s.source.is_multicast()) << to_string(s.source);
  const auto l4 = ip.subspan(v6 ? 40 : 20);
  s.l4.assign(l4.begin(), l4.end());
  s.protocol = protocol;
  if (!v6 && (get16(ip, 6) & 0x3fff) != 0) {
    return read_fragment(s, (get16(ip, 6) & 0x1fff) * 8, (get16(ip, 6) & 0x2000) != 0,
                         get16(ip, 4));
  }
  if (v6 && protocol == kProtoFragment) {
    ASSERT_GE(l4.size(), 8U);
    s.protocol = l4[0];
    s.l4.erase(s.l4.begin(), s.l4.begin() + 8);
    EXPECT_EQ(get16(l4, 2) & 6, 0U) << "reserved bits";
    return read_fragment(s, get16(l4, 2) & 0xfff8, (l4[3] & 1) != 0, get32(l4, 4));
  }
  if (protocol == kProtoTcp) return read_tcp(s);
  if (protocol == kProtoUdp) return read_udp(s);
  ASSERT_EQ(protocol, v6 ? kProtoIcmpv6 : kProtoIcmp);
  read_icmp(s, v6);
}

}  // namespace

Sent read_sent(std::span<const std::uint8_t> f) {
  Sent s;
  s.frame.assign(f.begin(), f.end());
  const auto read = [&] {
    ASSERT_GE(f.size(), 14U);
    std::copy(f.begin(), f.begin() + 6, s.destination_mac.bytes.begin());
    std::copy(f.begin() + 6, f.begin() + 12, s.source_mac.bytes.begin());
    EXPECT_EQ(s.source_mac, kOurMac);
    std::size_t at = 12;
    if (get16(f, at) == 0x8100) {
      s.vlan = static_cast<std::uint16_t>(get16(f, 14));
      at = 16;
    }
    const unsigned type = get16(f, at);
    const auto payload = f.subspan(at + 2);
    if (type == 0x0806) {
      ASSERT_EQ(payload.size(), 28U);
      s.l4.assign(payload.begin(), payload.end());
      return;
    }
    ASSERT_TRUE(type == 0x0800 || type == 0x86dd) << type;
    read_ip(s, payload, type == 0x86dd);
  };
  read();
  return s;
}

std::string describe(const Sent& s) {
  std::ostringstream out;
  if (s.kind == Sent::Kind::arp) return s.is_arp_request() ? "an ARP request" : "an ARP reply";
  out << to_string(s.source) << " > " << to_string(s.destination);
  if (s.kind == Sent::Kind::fragment) {
    out << " fragment at " << s.offset << " of " << s.l4.size();
    return out.str();
  }
  if (s.kind == Sent::Kind::icmp) {
    out << " ICMP " << int{s.type} << "/" << int{s.code};
    return out.str();
  }
  out << " " << s.source_port << ">" << s.destination_port;
  if (s.kind == Sent::Kind::udp) {
    out << " UDP " << s.text.size();
    return out.str();
  }
  constexpr const char* kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
  for (unsigned i = 0; i < 8; ++i) {
    if ((s.flags >> i & 1) != 0) out << " " << kNames[i];
  }
  out << " seq " << s.seq << " ack " << s.ack << " win " << s.window << " len " << s.text.size();
  return out.str();
}

}  // namespace weir::test
