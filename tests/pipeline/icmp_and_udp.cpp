// Echo of both kinds, and errors about what is refused: RFC 792, 4443, 862, 1122 §3.2.2, §4.1.
#include "lab.hpp"

namespace weir::test {
namespace {

using Icmp = BothFamilies;
WEIR_BOTH_FAMILIES(Icmp);
using Udp = BothFamilies;
WEIR_BOTH_FAMILIES(Udp);

TEST_P(Icmp, EchoComesBackWhateverItsSize) {
  Lab lab;
  Ends ends = from_peer(family());
  ends.traffic_class = 0xb8;
  ends.ttl = 1;
  // The last fills the MTU.
  for (const std::size_t size : {0U, 1U, 56U, 57U, family() == Family::v4 ? 1472U : 1452U}) {
    const Octets request = echo_request(ends, pattern(0, size));
    const Sent s = lab.answer_to(request);
    EXPECT_EQ(s.source, our_address(family()));
    EXPECT_EQ(s.destination, peer_address(family()));
    EXPECT_EQ(s.type, family() == Family::v4 ? 0 : 129);
    EXPECT_EQ(s.code, 0);
    EXPECT_EQ(s.ttl, 64);
    EXPECT_EQ(s.traffic_class, 0xb8);
    // Identifier, sequence number and text as they came.
    const auto tail = static_cast<std::ptrdiff_t>(size + 4);
    EXPECT_EQ(Octets(s.l4.end() - tail, s.l4.end()), Octets(request.end() - tail, request.end()));
    EXPECT_EQ(s.l4.size(), size + 8);
  }
  EXPECT_EQ(lab.mib(Mib::IcmpInEchos), 5U);
}

TEST_P(Icmp, AnEchoOfOursIsAnsweredToTheOneWhoAsked) {
  Lab lab;
  const std::uint8_t reply = family() == Family::v4 ? 0 : 129;
  const auto answer = [&](std::uint16_t identifier) {
    const Octets rest{static_cast<std::uint8_t>(identifier >> 8),
                      static_cast<std::uint8_t>(identifier),
                      0,
                      7,
                      'h',
                      'i'};
    return icmp_frame(from_peer(family()), reply, 0, rest);
  };
  // Nobody has asked.
  lab.is_silent_to(answer(0x1234), Drop::icmp_unknown_type);
  lab.pipeline().expect_echo(0x1234);
  ASSERT_TRUE(lab.pipeline().send_echo_request(
      {0, our_address(family()), peer_address(family()), 0x1234, 7}, lab.now()));
  lab.round();
  const Sent request = lab.only();
  EXPECT_EQ(request.type, family() == Family::v4 ? 8 : 128);
  EXPECT_EQ(request.source, our_address(family()));
  EXPECT_EQ(request.destination, peer_address(family()));
  ASSERT_EQ(request.l4.size(), 8U + 56U);
  EXPECT_EQ(Octets(request.l4.begin() + 4, request.l4.begin() + 8), (Octets{0x12, 0x34, 0, 7}));
  lab.receive(answer(0x1234));
  EXPECT_EQ(lab.counters().consumed.get(), 1U);
  lab.is_silent_to(answer(0x1235), Drop::icmp_unknown_type);
  lab.pipeline().expect_echo(0);
  lab.is_silent_to(answer(0x1234), Drop::icmp_unknown_type);
}

TEST_P(Icmp, PaddingOfTheWireIsNotEchoed) {
  Lab lab;
  Octets request = echo_request(from_peer(family()), "abc");
  request.resize(request.size() + 15, 0xee);
  EXPECT_EQ(lab.answer_to(request).l4.size(), 11U);
}

// RFC 1122 §3.2.2.6: Smurf.
TEST(IcmpV4, EchoToAGroupIsIgnored) {
  Lab lab;
  Ends ends = from_peer(Family::v4);
  ends.destination_mac = Mac::broadcast();
  for (const char* to : {"192.0.2.255", "255.255.255.255", "224.0.0.1"}) {
    ends.destination = address(to);
    lab.is_silent_to(echo_request(ends, "smurf"), Drop::icmp_broadcast);
  }
}

// RFC 4443 §4.2: answered from a unicast address.
TEST(IcmpV6, EchoToAGroupOfOursIsAnsweredFromUnicast) {
  Lab lab;
  Ends ends = from_peer(Family::v6);
  for (const char* group : {"ff02::1", "ff02::1:ff00:1"}) {
    ends.destination = address(group);
    ends.destination_mac = Mac{{0x33, 0x33, ends.destination.bytes[12], 0, 0, 1}};
    const Sent s = lab.answer_to(echo_request(ends, "hello"));
    EXPECT_EQ(s.source, our_address(Family::v6));
    EXPECT_EQ(s.destination, peer_address(Family::v6));
  }
  // Not a group that we are in: a promiscuous port shows it all the same.
  for (const char* group : {"ff02::1:ff00:99", "ff05::1:3"}) {
    ends.destination = address(group);
    lab.is_silent_to(echo_request(ends, "hello"), Drop::eth_group_not_ours);
  }
}

// RFC 4291 §2.5.2: the unspecified address is nobody's destination, and no gateway leads there.
TEST(IcmpV6, EchoFromNobodyIsRefused) {
  Lab lab(tuned([](Snapshot& s) { s.ports[0].gateway_v6 = peer_address(Family::v6); }));
  Ends ends = from(address("::"), Family::v6);
  lab.is_silent_to(echo_request(ends, "?"), Drop::ip_bad_source);
  ends.destination = address("ff02::1");
  ends.destination_mac = Mac{{0x33, 0x33, 0, 0, 0, 1}};
  lab.is_silent_to(echo_request(ends, "?"), Drop::ip_bad_source);
}

// RFC 5927: an ICMP error is advice that anybody can forge.
TEST_P(Icmp, ErrorsOfOthersAreIgnored) {
  Lab lab;
  Octets rest(4, 0);
  const Octets quoted = tcp_frame(from_peer(family()), ack());
  rest.insert(rest.end(), quoted.begin() + 14, quoted.end());
  const bool v4 = family() == Family::v4;
  for (const int type : v4 ? std::vector{3, 11, 12} : std::vector{1, 2, 3, 4}) {
    lab.is_silent_to(icmp_frame(from_peer(family()), static_cast<std::uint8_t>(type), 1, rest),
                     Drop::icmp_error_ignored);
  }
}

TEST_P(Icmp, EchoIsLimited) {
  Lab lab(tuned([](Snapshot& s) { s.icmp_limit = 0; }));
  lab.is_silent_to(echo_request(from_peer(family()), "x"), Drop::icmp_limited);
}

TEST_P(Udp, EchoComesBackWhateverItsSize) {
  Lab lab;
  for (const std::size_t size : {0U, 1U, 56U, 1452U, family() == Family::v4 ? 1472U : 57U}) {
    const std::string text = pattern(0, size);
    const Sent s = lab.answer_to(udp_frame(from_peer(family()), 5000, kEchoPort, text));
    EXPECT_EQ(s.source, our_address(family()));
    EXPECT_EQ(s.destination, peer_address(family()));
    EXPECT_EQ(s.source_port, kEchoPort);
    EXPECT_EQ(s.destination_port, 5000);
    EXPECT_EQ(s.text, text);
  }
}

TEST_P(Udp, DiscardDelivers) {
  Lab lab;
  lab.receive(udp_frame(from_peer(family()), 5000, kDiscardPort, "gone"));
  EXPECT_TRUE(lab.sent().empty());
  EXPECT_EQ(lab.counters().delivered.get(), 1U);
}

TEST(UdpV4, ADatagramWithoutChecksumIsTaken) {
  Lab lab;
  EXPECT_EQ(lab.answer_to(udp_frame(from_peer(Family::v4), 5000, kEchoPort, "x", false)).text, "x");
}
// RFC 8200 §8.1.
TEST(UdpV6, ADatagramWithoutChecksumIsRefused) {
  Lab lab;
  lab.is_silent_to(udp_frame(from_peer(Family::v6), 5000, kEchoPort, "x", false),
                   Drop::udp_bad_checksum);
}

// CVE-2024-2169. A service that answers nothing has nothing to fear.
TEST_P(Udp, TwoServicesDoNotTalkForEver) {
  Lab lab;
  for (const std::uint16_t from : std::vector<std::uint16_t>{7, 13, 17, 19}) {
    lab.is_silent_to(udp_frame(from_peer(family()), from, kEchoPort, "x"), Drop::udp_echo_loop);
  }
  lab.receive(udp_frame(from_peer(family()), 7, kDiscardPort, "x"));
  EXPECT_EQ(lab.counters().delivered.get(), 1U);
}

void quotes(const Sent& s, const Octets& refused, std::size_t most) {
  const Octets packet(refused.begin() + 14, refused.end());
  const Octets quote(s.l4.begin() + 8, s.l4.end());
  ASSERT_EQ(quote.size(), std::min(packet.size(), most));
  EXPECT_TRUE(std::equal(quote.begin(), quote.end(), packet.begin()));
}

// RFC 1122 §4.1.3.1, RFC 4443 §3.1.
TEST_P(Udp, AClosedPortIsUnreachableAndQuoted) {
  Lab lab;
  const bool v4 = family() == Family::v4;
  for (const std::size_t size : {0U, 1U, 500U, 1472U}) {
    const Octets refused = udp_frame(from_peer(family()), 5000, kClosedPort, pattern(0, size));
    const Sent s = lab.answer_to(refused);
    EXPECT_EQ(s.type, v4 ? 3 : 1);
    EXPECT_EQ(s.code, v4 ? 3 : 4);
    EXPECT_EQ(Octets(s.l4.begin() + 4, s.l4.begin() + 8), Octets(4, 0));
    EXPECT_EQ(s.destination, peer_address(family()));
    EXPECT_EQ(s.source, our_address(family()));
    quotes(s, refused, v4 ? 576 - 28 : 1280 - 48);
  }
  EXPECT_EQ(lab.refused(Drop::udp_no_listener), 4U);
  EXPECT_EQ(lab.mib(Mib::UdpNoPorts), 4U);
}

TEST_P(Udp, ErrorsAreLimited) {
  Lab lab(tuned([](Snapshot& s) { s.icmp_limit = 2; }));
  const Octets refused = udp_frame(from_peer(family()), 5000, kClosedPort, "x");
  for (int round = 0; round < 3; ++round) {
    lab.answer_to(refused);
    lab.answer_to(refused);
    lab.is_silent_to(refused, Drop::udp_no_listener);
    lab.is_silent_to(ip_frame(from_peer(family()), 132, Octets(8, 0)), Drop::ip_limited);
    lab.advance(1s);
  }
}

TEST_P(Icmp, AnUnknownProtocolIsNamed) {
  Lab lab;
  const Octets refused = ip_frame(from_peer(family()), 132, Octets(40, 0xab));
  const Sent s = lab.answer_to(refused);
  if (family() == Family::v4) {
    EXPECT_EQ(s.type, 3);
    EXPECT_EQ(s.code, 2);
    quotes(s, refused, 548);
  } else {
    EXPECT_EQ(s.type, 4);
    EXPECT_EQ(s.code, 1);
    EXPECT_EQ(s.l4[7], 6);  // the next header field of the IPv6 header
    quotes(s, refused, 1232);
    // Destination options, PadN: the field that names 132 is the first of them.
    Octets extended{132, 0, 1, 4, 0, 0, 0, 0};
    extended.resize(48);
    EXPECT_EQ(lab.answer_to(ip_frame(from_peer(family()), 60, extended)).l4[7], 40);
  }
  // The other family's ICMP is no protocol of this one.
  const std::uint8_t other = family() == Family::v4 ? kProtoIcmpv6 : kProtoIcmp;
  EXPECT_EQ(lab.answer_to(ip_frame(from_peer(family()), other, Octets(8, 0))).type, s.type);
}

}  // namespace
}  // namespace weir::test
