// The straight line says what the two parsers say, or nothing; and writes what the two writers
// write.
#include "wire/plain_ipv4.hpp"

#include <random>

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class PlainIpv4 : public testing::Test {
 protected:
  std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool coin() { return below(2) == 0; }

  TcpHeader any_header() {
    TcpHeader h;
    h.source_port = static_cast<std::uint16_t>(random_());
    h.destination_port = static_cast<std::uint16_t>(random_());
    h.seq = Seq(static_cast<std::uint32_t>(random_()));
    h.ack = Seq(static_cast<std::uint32_t>(random_()));
    h.flags = static_cast<std::uint8_t>(random_());
    h.window = static_cast<std::uint16_t>(random_());
    TcpOptions& o = h.options;
    if (coin()) o.mss = static_cast<std::uint16_t>(random_());
    o.has_window_scale = coin();
    o.window_scale = static_cast<std::uint8_t>(below(15));
    o.sack_permitted = coin();
    o.has_timestamps = coin();
    o.ts_value = static_cast<std::uint32_t>(random_());
    o.ts_echo = static_cast<std::uint32_t>(random_());
    if (below(4) == 0) o.fast_open = FastOpen::cookie;
    o.fast_open_cookie = random_();
    o.sack_count = static_cast<std::uint8_t>(coin() ? 0 : below(5));
    for (SackBlock& b : o.sack) b = {Seq(below(1000)), Seq(1000 + below(1000))};
    return h;
  }
  void damage(Octets& bytes) {
    for (std::uint32_t n = below(4); n > 0; --n) {
      static constexpr std::uint8_t kEdges[] = {0,    1,    2,    6,    0x40, 0x45,
                                                0x46, 0x7f, 0x80, 0xe0, 0xff};
      std::uint8_t& byte = bytes[below(std::min<std::size_t>(bytes.size(), 80))];
      byte = coin() ? kEdges[below(sizeof kEdges)] : static_cast<std::uint8_t>(random_());
    }
    if (below(8) == 0) bytes.resize(below(bytes.size() + 40), 0x5a);
  }
  // Both checksums as they ought to be, byte by byte.
  static void mend(Octets& bytes) {
    if (bytes.size() < 54) return;
    const auto sum_of = [&](std::size_t from, std::size_t to, std::uint32_t sum) {
      for (std::size_t i = from; i < to; ++i) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
      return ~sum & 0xffff;
    };
    const auto store = [&](std::size_t at, std::uint32_t sum) {
      bytes[at] = static_cast<std::uint8_t>(sum >> 8);
      bytes[at + 1] = static_cast<std::uint8_t>(sum);
    };
    store(24, 0);
    store(24, sum_of(14, 34, 0));
    const std::size_t total = bytes[16] << 8 | bytes[17];
    if (total < 40 || total + 14 > bytes.size()) return;
    store(50, 0);
    std::uint32_t pseudo = 6 + static_cast<std::uint32_t>(total - 20);
    for (std::size_t i = 26; i < 34; i += 2) pseudo += bytes[i] << 8 | bytes[i + 1];
    store(50, sum_of(34, 14 + total, pseudo));
  }
  static bool is_plain(const Link& link, const Packet& packet) {
    return link.vlan == 0 && link.length == 14 && link.destination == kOurMac && !packet.v6 &&
           packet.l4_offset == 34 && !packet.fragment.is_one;
  }
  static void expect_equal(const Packet& a, const Packet& b) {
    ASSERT_EQ(a.link.source, b.link.source);
    ASSERT_EQ(a.link.destination, b.link.destination);
    ASSERT_EQ(a.link.ether_type, b.link.ether_type);
    ASSERT_EQ(a.link.vlan, b.link.vlan);
    ASSERT_EQ(a.link.length, b.link.length);
    ASSERT_EQ(a.source, b.source);
    ASSERT_EQ(a.destination, b.destination);
    ASSERT_EQ(a.l3_offset, b.l3_offset);
    ASSERT_EQ(a.l4_offset, b.l4_offset);
    ASSERT_EQ(a.l4_length, b.l4_length);
    ASSERT_EQ(a.protocol, b.protocol);
    ASSERT_EQ(a.ttl, b.ttl);
    ASSERT_EQ(a.traffic_class, b.traffic_class);
    ASSERT_EQ(a.protocol_offset, b.protocol_offset);
    ASSERT_EQ(a.v6, b.v6);
    ASSERT_EQ(a.has_fragment_header, b.has_fragment_header);
    ASSERT_EQ(a.fragment.is_one, b.fragment.is_one);
    ASSERT_EQ(a.problem.is_one, b.problem.is_one);
  }
  std::mt19937_64 random_{11};
  Bench bench_;
  // Used again and again, so that what one frame left behind would be seen with the next.
  Packet packet_;
};

TEST_F(PlainIpv4, ReadsWhatTheGeneralParsersReadOrNothing) {
  unsigned taken = 0, left = 0;
  for (unsigned i = 0; i < 100'000; ++i) {
    Octets bytes = bench_.tcp(Family::v4, any_header(), text_of(below(60)));
    damage(bytes);
    if (below(8) != 0) mend(bytes);
    Frame frame = bench_.at_end(bytes);
    std::uint16_t flags = 0;
    for (const FrameFlag f :
         {kRxIpChecksumGood, kRxIpChecksumBad, kRxL4ChecksumGood, kRxL4ChecksumBad, kRxChained}) {
      if (below(16) == 0) flags |= f;
    }
    frame.set_flags(flags);
    const bool plain = parse_plain_ipv4(frame, kOurMac, packet_);
    Link link;
    Packet packet;
    const bool general = !parse_link(frame, link) && link.ether_type == kEtherIpv4 &&
                         !parse_ipv4(frame, link, packet) && is_plain(link, packet);
    ASSERT_EQ(plain, general) << "frame " << i;
    plain ? ++taken : ++left;
    if (!plain) continue;
    expect_equal(packet_, packet);
    if (HasFatalFailure()) FAIL() << "frame " << i;
  }
  EXPECT_GT(taken, 10'000U);
  EXPECT_GT(left, 10'000U);
}

TEST_F(PlainIpv4, WritesWhatTheGeneralWritersWrite) {
  for (unsigned i = 0; i < 20'000; ++i) {
    const TcpHeader header = any_header();
    IpHeader ip = ip_header(Family::v4, kProtoTcp);
    ip.traffic_class = static_cast<std::uint8_t>(random_());
    ip.ttl = static_cast<std::uint8_t>(random_());
    ip.identification = static_cast<std::uint16_t>(random_());
    const ChecksumOffload offload{coin(), coin(), coin()};
    const Octets text = text_of(below(1400));
    Frame general = bench_.fresh(text), plain = bench_.fresh(text);
    const auto before = static_cast<std::uint16_t>(random_());
    general.set_flags(before);
    plain.set_flags(before);
    for (Frame* const frame : {&general, &plain}) prepend_tcp(*frame, header, ip, offload);
    prepend_ip(general, ip, 14, offload);
    prepend_ethernet(general, kPeerMac, kOurMac, kEtherIpv4, 0);
    prepend_plain_ipv4(plain, ip, {kPeerMac.packed(), kOurMac.packed()}, offload);
    ASSERT_EQ(copy_of(plain), copy_of(general));
    ASSERT_EQ(plain.flags(), general.flags());
    ASSERT_EQ(plain.l2_length(), general.l2_length());
    ASSERT_EQ(plain.l3_length(), general.l3_length());
  }
}

}  // namespace
}  // namespace weir::test
