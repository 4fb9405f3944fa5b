// Packets in fragments, received and sent: RFC 791 §3.2, RFC 8200 §4.5, RFC 7739.
#include <algorithm>
#include <random>

#include "lab.hpp"
#include "support/fragments.hpp"

namespace weir::test {
namespace {

using Fragments = BothFamilies;
WEIR_BOTH_FAMILIES(Fragments);

Octets echo_datagram(Family f, const std::string& text) {
  return udp_frame(from_peer(f), 5000, kEchoPort, text);
}

// Requirement 14.
TEST_P(Fragments, OutOfOrderAreEchoedInFragments) {
  const std::string text = pattern(0, 3000);
  std::vector<Octets> fragments = fragments_of(echo_datagram(family(), text));
  ASSERT_EQ(fragments.size(), 3U);
  std::vector<int> order{0, 1, 2};
  do {
    Lab lab;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(lab.sent().empty());
      EXPECT_EQ(lab.counters().held.get(), std::uint64_t(i));
      lab.receive(fragments[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
    }
    EXPECT_EQ(lab.sent().size(), 3U);
    const Sent s = joined(lab.sent());
    EXPECT_EQ(s.text, text);
    EXPECT_EQ(s.source_port, kEchoPort);
    EXPECT_EQ(s.destination_port, 5000);
    EXPECT_EQ(s.source, our_address(family()));
    EXPECT_EQ(s.destination, peer_address(family()));
    EXPECT_EQ(lab.counters().held.get(), 0U);
    EXPECT_EQ(lab.counters().consumed.get(), 2U);
    EXPECT_EQ(lab.counters().answered.get(), 1U);
    EXPECT_EQ(lab.mib(Mib::IpReasmOKs), 1U);
    EXPECT_EQ(lab.mib(Mib::IpFragCreates), 3U);
  } while (std::next_permutation(order.begin(), order.end()));
}

// What is put together and fits the MTU again leaves as one packet.
TEST_P(Fragments, OfAShortDatagramAreAnsweredByOnePacket) {
  Lab lab;
  for (const Octets& f : fragments_of(echo_datagram(family(), pattern(0, 576)), 64)) {
    lab.receive(f);
  }
  EXPECT_EQ(lab.only().text, pattern(0, 576));
}

TEST_P(Fragments, OfALargePingAreAnswered) {
  Lab lab;
  const Octets request = echo_request(from_peer(family()), pattern(0, 4000));
  for (const Octets& f : fragments_of(request)) lab.receive(f);
  EXPECT_EQ(lab.sent().size(), 3U);
  const Sent s = joined(lab.sent());
  EXPECT_EQ(s.type, family() == Family::v4 ? 0 : 129);
  EXPECT_EQ(Octets(s.l4.begin() + 4, s.l4.end()), Octets(request.end() - 4004, request.end()));
}

// Nothing that a packet can hold is too much.
TEST_P(Fragments, OfTheLargestPacketAreEchoed) {
  Lab lab;
  const bool v4 = family() == Family::v4;
  const std::string text = pattern(0, 65535 - 8 - (v4 ? 20 : 0));
  std::vector<Octets> fragments = fragments_of(echo_datagram(family(), text));
  std::shuffle(fragments.begin(), fragments.end(), std::mt19937(7));
  for (const Octets& f : fragments) lab.receive(f);
  EXPECT_EQ(joined(lab.sent()).text, text);
  EXPECT_EQ(lab.counters().consumed.get(), fragments.size() - 1);
}

// A reply longer than the MTU to a request in one frame: here the frame was longer than the MTU.
TEST_P(Fragments, LeaveWhenAReplyIsLongerThanTheMtu) {
  Lab lab;
  const std::string text = pattern(0, 1480);
  lab.receive(echo_datagram(family(), text));
  EXPECT_EQ(lab.sent().size(), 2U);
  EXPECT_EQ(joined(lab.sent()).text, text);
}

TEST_P(Fragments, WaitForTheirNextHopAsOnePacket) {
  Lab lab;
  const Address stranger = stranger_address(family());
  const Mac mac{{2, 0, 0, 0, 0, 0x77}};
  const std::string text = pattern(0, 20'000);
  for (const Octets& f : fragments_of(udp_frame(from(stranger, family()), 5, kEchoPort, text))) {
    lab.receive(f);
  }
  lab.sent().clear();  // the question
  EXPECT_EQ(lab.counters().held.get(), 1U);
  lab.learn(stranger, mac);
  lab.advance(2ms);
  EXPECT_EQ(joined(lab.sent()).text, text);
  EXPECT_EQ(lab.sent().front().destination_mac, mac);
  EXPECT_EQ(lab.counters().answered.get(), 1U);
}

TEST_P(Fragments, DeliverTextToAConnection) {
  Lab lab;
  const auto frame = [&](const Seg& seg) { return tcp_frame(from_peer(family()), seg); };
  const std::uint32_t iss = lab.answer_to(frame(syn().seq(0).mss(1460))).seq;
  lab.receive(frame(ack().seq(1).ack(iss + 1)));
  const std::string text = pattern(0, 1400);
  const auto fragments =
      fragments_of(frame(test::data(std::string_view(text)).seq(1).ack(iss + 1)), 512);
  for (auto f = fragments.rbegin(); f != fragments.rend(); ++f) lab.receive(*f);
  EXPECT_EQ(lab.script().text, text);
}

// Only a flow's owner may see its segment: what was put together here is handed over there.
TEST_P(Fragments, OfAnothersSegmentAreHandedOverWhole) {
  const auto worker = [](std::uint16_t self) {
    return [self](Stack::Config& c) { c.self = self, c.workers = 2; };
  };
  Lab first(worker(0)), second(worker(1));
  for (std::uint16_t port = 40000; first.counters().handoff_out.get() == 0; ++port) {
    ASSERT_LT(port, 40100);
    Seg seg = syn().seq(port).mss(1460).bytes(100);
    seg.source_port = port;
    for (const Octets& f : fragments_of(tcp_frame(from_peer(family()), seg), 64)) first.receive(f);
  }
  Burst& handed = first.pipeline().strays(1);
  ASSERT_EQ(handed.size(), 1U);
  second.receive(handed);
  EXPECT_EQ(second.only().flags, kSyn | kAck);
  EXPECT_EQ(first.counters().held.get(), 0U);
}

TEST_P(Fragments, OfTwoDatagramsAreNotMixed) {
  Lab lab;
  const std::string one(2000, '1'), two(2000, '2');
  const auto first = fragments_of(echo_datagram(family(), one), 1024, 7);
  const auto second = fragments_of(echo_datagram(family(), two), 1024, 8);
  lab.receive(first[0]);
  lab.receive(second[1]);
  lab.receive(first[1]);
  EXPECT_EQ(joined(lab.sent()).text, one);
  lab.sent().clear();
  lab.receive(second[0]);
  EXPECT_EQ(joined(lab.sent()).text, two);
}

TEST(FragmentsV6, UnfragmentableHeadersAreKept) {
  Lab lab;
  const Ends ends = from_peer(Family::v6);
  const Octets whole = echo_datagram(Family::v6, pattern(0, 100));
  const Octets udp(whole.begin() + 54, whole.end());
  // Hop-by-Hop and destination options before the Fragment header, destination options behind it.
  Octets rest{17, 0, 1, 4, 0, 0, 0, 0};
  rest.insert(rest.end(), udp.begin(), udp.end());
  const Octets before{60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0};
  const std::size_t cut = 64;
  for (const bool last : {true, false}) {
    Octets packet = before;
    const auto at = static_cast<std::uint8_t>(last ? cut : 1);  // the offset, or "more"
    packet.insert(packet.end(), {60, 0, 0, at, 0, 0, 0, 9});
    const auto middle = rest.begin() + static_cast<std::ptrdiff_t>(cut);
    packet.insert(packet.end(), last ? middle : rest.begin(), last ? rest.end() : middle);
    lab.receive(ip_frame(ends, 0, packet));
  }
  EXPECT_EQ(lab.only().text, pattern(0, 100));
}

// RFC 6946: an atomic fragment never meets others of its identification.
TEST(FragmentsV6, AnAtomicOneIsAloneInTheWorld) {
  Lab lab;
  const auto fragments = fragments_of(echo_datagram(Family::v6, pattern(0, 2000)));
  lab.receive(fragments[0]);
  const Octets whole = echo_datagram(Family::v6, "atomic");
  const Octets udp(whole.begin() + 54, whole.end());
  const Octets atomic = fragment_frame(from_peer(Family::v6), kProtoUdp, {0, false}, udp);
  EXPECT_EQ(lab.answer_to(atomic).text, "atomic");
  lab.receive(fragments[1]);
  EXPECT_EQ(joined(lab.sent()).text, pattern(0, 2000));
}

// RFC 7739: unique, and no way from one destination's to another's.
TEST_P(Fragments, HaveIdentificationsThatNobodyForetells) {
  const auto ids = [&](std::uint64_t seed, std::uint8_t host, std::uint16_t self) {
    Lab lab([&](Stack::Config& c) { c.seed = seed, c.self = self, c.workers = self + 1; });
    Address to = stranger_address(family());
    to.bytes[15] = host;
    lab.learn(to, kPeerMac);
    std::vector<std::uint32_t> all;
    for (int i = 0; i < 20; ++i) {
      lab.sent().clear();
      lab.receive(udp_frame(from(to, family()), 5000, kEchoPort, pattern(0, 1480)));
      all.push_back(joined(lab.sent()).kind == Sent::Kind::udp ? lab.sent().front().identification
                                                               : 0);
    }
    EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size());
    return all;
  };
  const auto one = ids(1, 50, 0), other = ids(1, 51, 0), reborn = ids(2, 50, 0);
  EXPECT_NE(one, other);
  EXPECT_NE(one, reborn);
  EXPECT_NE(one[1] - other[1], 0U);
  EXPECT_NE(one[0] >> 4, other[0] >> 4);
}

// A burst's segments wait for each other, but none for what came after it.
TEST_P(Fragments, ASegmentThatBecomesWholeFollowsThoseBeforeItInTheBurst) {
  Lab lab;
  const auto from_port = [&](Seg seg) {
    seg.source_port = 41000;
    seg.destination_port = kDiscardPort;
    return tcp_frame(from_peer(family()), seg);
  };
  lab.receive(from_port(syn().mss(1400).sack_ok().seq(100)));
  const std::uint32_t iss = lab.sent().back().seq;
  lab.receive(from_port(ack().seq(101).ack(iss + 1)));
  lab.sent().clear();
  std::vector<Octets> burst = {from_port(test::data(pattern(0, 1000)).seq(101).ack(iss + 1))};
  for (const Octets& f :
       fragments_of(from_port(test::data(pattern(1000, 1000)).seq(1101).ack(iss + 1)), 520)) {
    burst.push_back(f);
  }
  lab.receive_burst(burst);
  EXPECT_EQ(lab.mib(Mib::TcpOutOfOrder), 0U);
  EXPECT_EQ(lab.mib(Mib::TcpDupAcksSent), 0U);
  ASSERT_EQ(lab.sent().size(), 1U) << "one ACK for both";
  EXPECT_EQ(lab.sent().back().ack, 2101U);
}

}  // namespace
}  // namespace weir::test
