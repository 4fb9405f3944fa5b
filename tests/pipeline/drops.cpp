// The table of all reasons: each of drop.def is provoked here, or somebody else is named who does.
#include <map>

#include "lab.hpp"

namespace weir::test {
namespace {

// Reasons of which no test of this executable makes an example, with the suite that does.
const std::map<Drop, const char*> kElsewhere = {
    {Drop::tcp_out_of_window, "state_event"},
    {Drop::tcp_reset_out_of_window, "state_event"},
    {Drop::tcp_reset_challenged, "state_event"},
    {Drop::tcp_syn_challenged, "state_event"},
    {Drop::tcp_bad_ack, "state_event"},
    {Drop::tcp_no_ack, "state_event"},
    {Drop::tcp_paws, "state_event"},
    {Drop::tcp_no_timestamp, "state_event"},
    {Drop::tcp_challenge_limited, "state_event"},
    {Drop::tcp_time_wait, "state_event"},
    {Drop::tcp_draining, "state_event"},
    {Drop::tcp_receive_full, "state_event"},
};

/// Runs after the last test. A run of some tests only says nothing about all reasons.
class EveryReason final : public testing::Environment {
 public:
  void TearDown() override {
    if (testing::GTEST_FLAG(filter) != "*") return;
    for (std::size_t i = 0; i < kDropCount; ++i) {
      const auto drop = static_cast<Drop>(i);
      const bool here = provoked().contains(drop);
      const bool elsewhere = kElsewhere.contains(drop);
      EXPECT_TRUE(here || elsewhere) << text(drop).name << " is provoked by no test";
      EXPECT_FALSE(here && elsewhere) << text(drop).name << " is provoked here after all";
    }
  }
};
[[maybe_unused]] const auto* const kEveryReason =
    testing::AddGlobalTestEnvironment(new EveryReason);

const Ends kV4 = from_peer(Family::v4), kV6 = from_peer(Family::v6);

Octets with_byte(Octets frame, std::size_t at, std::uint8_t value, bool mend = true) {
  frame[at] = value;
  if (mend) mend_checksums(frame);
  return frame;
}
Octets cut_to(Octets frame, std::size_t size) {
  frame.resize(size);
  return frame;
}
Octets ethernet(std::uint16_t type, const Octets& payload) {
  return ethernet_frame(kOurMac, kPeerMac, type, payload);
}
Octets udp4() { return udp_frame(kV4, 5000, kEchoPort, "text"); }
Octets udp6() { return udp_frame(kV6, 5000, kEchoPort, "text"); }
Octets tcp(const Ends& ends, const Seg& seg) { return tcp_frame(ends, seg); }

TEST(Refuses, LinkHeaders) {
  Lab lab;
  for (const std::size_t size : {0U, 1U, 13U}) {
    lab.is_silent_to(cut_to(udp4(), size), Drop::eth_truncated);
  }
  Octets tag_cut = ethernet(0x8100, {0, 5, 8});
  lab.is_silent_to(tag_cut, Drop::eth_truncated);
  lab.is_silent_to(with_byte(udp4(), 6, 0x03), Drop::eth_bad_source);
  lab.is_silent_to(ethernet(0x88cc, Octets(46, 1)), Drop::eth_unknown_type);
  lab.is_silent_to(ethernet(46, Octets(46, 1)), Drop::eth_unknown_type);  // 802.3
  lab.is_silent_to(udp4(), Drop::eth_chained, kRxChained);
}

TEST(Refuses, ArpMessages) {
  Lab lab;
  const Octets arp = arp_frame(1, kPeerMac, peer_address(Family::v4), our_address(Family::v4));
  lab.is_silent_to(cut_to(arp, 14), Drop::arp_malformed);
  lab.is_silent_to(cut_to(arp, 41), Drop::arp_malformed);
  // Hardware and protocol type, their lengths, the operation.
  for (const std::size_t at : {14U, 15U, 16U, 17U, 18U, 19U, 20U, 21U}) {
    lab.is_silent_to(with_byte(arp, at, 9, false), Drop::arp_malformed);
  }
}

TEST(Refuses, Ipv4Headers) {
  Lab lab;
  lab.is_silent_to(cut_to(udp4(), 14), Drop::ip_truncated);
  lab.is_silent_to(cut_to(udp4(), 33), Drop::ip_truncated);
  lab.is_silent_to(with_byte(udp4(), 14, 0x65), Drop::ip_bad_version);
  lab.is_silent_to(with_byte(udp4(), 14, 0x44, false), Drop::ip_bad_header_length);
  lab.is_silent_to(with_byte(udp4(), 14, 0x4f, false), Drop::ip_bad_header_length);
  lab.is_silent_to(with_byte(udp4(), 16, 0x40, false), Drop::ip_bad_length);
  lab.is_silent_to(with_byte(udp4(), 17, 19, false), Drop::ip_bad_length);
  lab.is_silent_to(cut_to(udp4(), 40), Drop::ip_bad_length);
  lab.is_silent_to(with_byte(udp4(), 22, 63, false), Drop::ip_bad_checksum);
  lab.is_silent_to(udp4(), Drop::ip_bad_checksum, kRxIpChecksumBad);
  for (const char* source : {"127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255", "192.0.2.1",
                             "192.0.2.255", "240.0.0.1"}) {
    lab.is_silent_to(udp_frame(from(address(source), Family::v4), 5000, kEchoPort, "x"),
                     Drop::ip_bad_source);
  }
  for (const std::uint8_t route : Octets{131, 137}) {
    Octets frame = udp4();
    const Octets option{route, 7, 4, 198, 51, 100, 1, 0};
    frame.insert(frame.begin() + 34, option.begin(), option.end());
    frame[14] = 0x47;
    frame[17] = static_cast<std::uint8_t>(frame[17] + 8);
    mend_checksums(frame);
    lab.is_silent_to(frame, Drop::ip_source_route);
    frame[34] = 7;  // record route: any other option is passed over
    mend_checksums(frame);
    EXPECT_EQ(lab.answer_to(frame).text, "text");
  }
}

TEST(Refuses, Ipv6Headers) {
  Lab lab;
  lab.is_silent_to(cut_to(udp6(), 53), Drop::ip_truncated);
  lab.is_silent_to(with_byte(udp6(), 14, 0x45), Drop::ip_bad_version);
  lab.is_silent_to(cut_to(udp6(), 60), Drop::ip_bad_length);
  for (const char* source : {"::1", "::", "ff02::1", "2001:db8::1", "::ffff:192.0.2.9"}) {
    Ends ends = kV6;
    ends.source = address(source);
    Octets frame = udp_frame(kV6, 5000, kEchoPort, "x");
    std::copy(ends.source.bytes.begin(), ends.source.bytes.end(), frame.begin() + 22);
    mend_checksums(frame);
    lab.is_silent_to(frame, Drop::ip_bad_source);
  }
  const auto extended = [](std::uint8_t first, Octets headers) {
    const Octets udp = udp6();
    headers.insert(headers.end(), udp.begin() + 54, udp.end());
    return ip_frame(kV6, first, headers);
  };
  EXPECT_EQ(lab.answer_to(extended(60, {17, 0, 1, 4, 0, 0, 0, 0})).text, "text");
  EXPECT_EQ(lab.answer_to(extended(44, {17, 0, 0, 0, 1, 2, 3, 4})).text, "text");  // atomic
  lab.is_silent_to(extended(60, {17, 0, 0x42, 4, 0, 0, 0, 0}), Drop::ip_bad_option);
  lab.is_silent_to(extended(60, {17, 0, 1, 9, 0, 0, 0, 0}), Drop::ip_bad_extension);
  lab.is_silent_to(extended(60, {17, 200, 1, 4, 0, 0, 0, 0}), Drop::ip_bad_extension);
  Octets many;
  for (int i = 0; i < 9; ++i) {
    many.insert(many.end(), {std::uint8_t(i == 8 ? 17 : 60), 0, 1, 4, 0, 0, 0, 0});
  }
  lab.is_silent_to(extended(60, many), Drop::ip_bad_extension);
  // RFC 8200 §4.7: nothing follows, so nothing is wrong that an error could name.
  lab.is_silent_to(ip_frame(kV6, 59, Octets(8, 0)), Drop::ip_unknown_protocol);
}

TEST(Refuses, IcmpMessages) {
  Lab lab;
  lab.is_silent_to(ip_frame(kV4, kProtoIcmp, Octets{8, 0, 0xf7, 0xff}), Drop::icmp_truncated);
  lab.is_silent_to(ip_frame(kV6, kProtoIcmpv6, Octets(7, 0)), Drop::icmp_truncated);
  Octets damaged = echo_request(kV4, "text");
  damaged.back() ^= 1;
  lab.is_silent_to(damaged, Drop::icmp_bad_checksum);
  damaged = echo_request(kV6, "text");
  damaged.back() ^= 1;
  lab.is_silent_to(damaged, Drop::icmp_bad_checksum);
  for (const std::uint8_t type : Octets{0, 13, 15, 17, 200}) {  // RFC 6918 and others
    lab.is_silent_to(icmp_frame(kV4, type, 0, Octets(12, 0)), Drop::icmp_unknown_type);
  }
  for (const std::uint8_t type : Octets{129, 130, 139, 200}) {
    lab.is_silent_to(icmp_frame(kV6, type, 0, Octets(20, 0)), Drop::icmp_unknown_type);
  }
  for (const std::uint8_t type : Octets{133, 134, 137}) {
    lab.is_silent_to(icmp_frame(kV6, type, 0, Octets(40, 0)), Drop::nd_ignored);
  }
}

TEST(Refuses, NeighbourMessages) {
  Lab lab;
  const Octets sound = solicitation(peer_address(Family::v6), our_address(Family::v6));
  lab.is_silent_to(with_byte(sound, 55, 1), Drop::nd_malformed);     // code
  lab.is_silent_to(with_byte(sound, 62, 0xff), Drop::nd_malformed);  // target
  lab.is_silent_to(with_byte(sound, 79, 0), Drop::nd_malformed);     // option's length
  lab.is_silent_to(with_byte(sound, 79, 2), Drop::nd_malformed);
  lab.is_silent_to(with_byte(sound, 80, 0x01), Drop::nd_malformed);  // option's address
  Ends ends = kV6;
  ends.ttl = 255;
  lab.is_silent_to(icmp_frame(ends, 135, 0, Octets(12, 0)), Drop::nd_malformed);
}

TEST(Refuses, UdpHeaders) {
  Lab lab;
  lab.is_silent_to(ip_frame(kV4, kProtoUdp, Octets(7, 1)), Drop::udp_truncated);
  lab.is_silent_to(with_byte(udp4(), 39, 7), Drop::udp_bad_length);
  lab.is_silent_to(with_byte(udp4(), 39, 13), Drop::udp_bad_length);
  lab.is_silent_to(with_byte(udp4(), 43, 'X', false), Drop::udp_bad_checksum);
  lab.is_silent_to(with_byte(udp6(), 63, 'X', false), Drop::udp_bad_checksum);
  lab.is_silent_to(udp4(), Drop::udp_bad_checksum, kRxL4ChecksumBad);
  lab.is_silent_to(udp_frame(kV4, 0, kEchoPort, "x"), Drop::udp_bad_source);
  lab.is_silent_to(udp_frame(kV6, 0, kEchoPort, "x"), Drop::udp_bad_source);
}

TEST(Refuses, TcpHeaders) {
  Lab lab;
  for (const Family f : kBoth) {
    const Ends ends = from_peer(f);
    const std::size_t offset_at = f == Family::v4 ? 46 : 66;
    lab.is_silent_to(ip_frame(ends, kProtoTcp, Octets(19, 1)), Drop::tcp_truncated);
    lab.is_silent_to(with_byte(tcp(ends, syn()), offset_at, 0x40), Drop::tcp_bad_offset);
    lab.is_silent_to(with_byte(tcp(ends, syn()), offset_at, 0x60), Drop::tcp_bad_offset);
    lab.is_silent_to(tcp(ends, syn().bad_checksum()), Drop::tcp_bad_checksum);
    Seg nobody = syn();
    nobody.source_port = 0;
    lab.is_silent_to(tcp(ends, nobody), Drop::tcp_bad_source);
    for (const std::uint8_t bits : Octets{0, +kFin, +kPsh, kSyn | kFin, kFin | kPsh | kUrg}) {
      lab.is_silent_to(tcp(ends, flags(bits)), Drop::tcp_bad_flags);
    }
    lab.is_silent_to(tcp(ends, rst()), Drop::tcp_stray_reset);
    // LAND: from ourselves to ourselves.
    lab.is_silent_to(tcp(from(our_address(f), f), syn()), Drop::ip_bad_source);
  }
}

// RFC 9293 §3.10.7.4: more than a connection may hold behind a gap.
TEST(Refuses, TextOutOfOrderBeyondItsRoom) {
  Lab lab([](Stack::Config& c) { c.pool = 512; });
  Seg seg = syn().seq(0).mss(1460);
  const std::uint32_t iss = lab.answer_to(tcp(kV4, seg)).seq;
  lab.receive(tcp(kV4, ack().seq(1).ack(iss + 1)));
  for (std::uint32_t i = 0; i < 500 && lab.refused(Drop::tcp_reorder_full) == 0; ++i) {
    lab.receive(tcp(kV4, data("x").seq(3 + 2 * i).ack(iss + 1)));
    lab.advance(1ms);
  }
  EXPECT_EQ(lab.refused(Drop::tcp_reorder_full), 1U);
  const std::uint64_t held = lab.counters().held.get();
  EXPECT_GT(held, 8U);
  // What waited behind the gap ends with the connection.
  lab.receive(tcp(kV4, rst().seq(1)));
  EXPECT_EQ(lab.counters().held.get(), 0U);
  EXPECT_EQ(lab.dropped(Drop::tcp_flow_ended), held);
}

}  // namespace
}  // namespace weir::test
