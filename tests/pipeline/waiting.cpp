// Replies that wait for their next hop: RFC 1122 §2.3.2, RFC 4861 §7.2.
#include <map>

#include "lab.hpp"

namespace weir::test {
namespace {

using Waiting = BothFamilies;
WEIR_BOTH_FAMILIES(Waiting);

constexpr std::uint32_t kSolicitedOverride = 3U << 29;
const Mac kStrangerMac{{2, 0, 0, 0, 0, 0x77}};

Octets datagram(const Address& source) {
  const Family f = source.is_v4() ? Family::v4 : Family::v6;
  return udp_frame(from(source, f), 5000, kEchoPort, "hello");
}
Octets answer_of(const Address& who, const Mac& mac) {
  if (who.is_v4()) return arp_frame(2, mac, who, our_address(Family::v4), kOurMac);
  return advertisement(who, our_address(Family::v6), mac, kSolicitedOverride);
}
bool is_question(const Sent& s) {
  return s.is_arp_request() || (s.kind == Sent::Kind::icmp && s.type == 135);
}
Address nth_stranger(Family f, unsigned n) {
  Address a = stranger_address(f);
  a.bytes[15] = static_cast<std::uint8_t>(n);
  return a;
}

// The question as a whole: RFC 826, and RFC 4861 §4.3 with the group of §2.7.1 of RFC 4291.
void asks_for(const Sent& s, const Address& who) {
  if (who.is_v4()) {
    EXPECT_EQ(s.frame, arp_frame(1, kOurMac, our_address(Family::v4), who));
    return;
  }
  EXPECT_EQ(s.destination, address("ff02::1:ff00:77"));
  EXPECT_EQ(s.destination_mac, (Mac{{0x33, 0x33, 0xff, 0, 0, 0x77}}));
  EXPECT_EQ(s.source, our_address(Family::v6));
  EXPECT_EQ(s.ttl, 255);
  Octets expected{135, 0, s.l4[2], s.l4[3], 0, 0, 0, 0};
  expected.insert(expected.end(), who.bytes.begin(), who.bytes.end());
  expected.insert(expected.end(), {1, 1});
  expected.insert(expected.end(), kOurMac.bytes.begin(), kOurMac.bytes.end());
  EXPECT_EQ(s.l4, expected);
}

TEST_P(Waiting, TheFirstSynAckLeavesWhenTheNeighbourHasAnswered) {
  Lab lab;
  const Address stranger = stranger_address(family());
  lab.receive(tcp_frame(from(stranger, family()), syn().seq(100).mss(1460)));
  asks_for(lab.only(), stranger);
  EXPECT_EQ(lab.counters().held.get(), 1U);
  EXPECT_EQ(lab.counters().answered.get(), 0U);
  lab.advance(10ms);
  lab.receive(answer_of(stranger, kStrangerMac));
  lab.advance(2ms);
  const Sent s = lab.only();
  EXPECT_EQ(s.flags, kSyn | kAck);
  EXPECT_EQ(s.ack, 101U);
  EXPECT_EQ(s.destination_mac, kStrangerMac);
  EXPECT_EQ(lab.counters().held.get(), 0U);
  EXPECT_EQ(lab.counters().answered.get(), 1U);
  EXPECT_EQ(lab.counters().consumed.get(), 1U);
}

TEST_P(Waiting, ThreeQuestionsWithoutAnswerEndIt) {
  Lab lab;
  const Instant start = lab.now();
  lab.receive(datagram(stranger_address(family())));
  lab.advance(2999ms);
  EXPECT_EQ(lab.counters().held.get(), 1U);
  EXPECT_EQ(lab.sent().size(), 3U);
  for (const Sent& s : lab.sent()) asks_for(s, stranger_address(family()));
  lab.advance(10ms);
  EXPECT_EQ(lab.dropped(Drop::neighbour_unresolved), 1U);
  EXPECT_EQ(lab.counters().held.get(), 0U);
  lab.advance(10s);
  EXPECT_EQ(lab.sent().size(), 3U);
  EXPECT_GE(lab.now() - start, 13s);
}

TEST_P(Waiting, ASynAckThatNobodyCanHaveIsGivenUp) {
  Lab lab;
  lab.receive(tcp_frame(from(stranger_address(family()), family()), syn().seq(100)));
  lab.advance(3100ms);
  EXPECT_EQ(lab.dropped(Drop::neighbour_unresolved), 1U);
  EXPECT_GE(lab.mib(Mib::TxUnresolved), 1U);  // its repetitions
  lab.advance(200s);
  EXPECT_EQ(lab.counters().flows.get(), 0U);
}

// RFC 1122 §2.3.2.1.
TEST_P(Waiting, AHopIsAskedForAtMostOnceASecond) {
  Lab lab;
  std::vector<Instant> asked;
  lab.on_sent = [&](Frame&, const Sent& s) {
    EXPECT_TRUE(is_question(s));
    asked.push_back(lab.now());
  };
  for (int i = 0; i < 1000; ++i) {
    lab.receive(datagram(stranger_address(family())));
    lab.advance(10ms);
  }
  EXPECT_GE(asked.size(), 9U);
  for (std::size_t i = 1; i < asked.size(); ++i) EXPECT_GE(asked[i] - asked[i - 1], 1s) << i;
}

TEST_P(Waiting, OneHopHasRoomForFew) {
  Lab lab;
  for (int i = 0; i < 6; ++i) lab.receive(datagram(stranger_address(family())));
  EXPECT_EQ(lab.counters().held.get(), Sender::kMaxWaitingFrames);
  EXPECT_EQ(lab.dropped(Drop::neighbour_queue_full), 6 - Sender::kMaxWaitingFrames);
  asks_for(lab.only(), stranger_address(family()));
  lab.receive(answer_of(stranger_address(family()), kStrangerMac));
  lab.advance(2ms);
  EXPECT_EQ(lab.sent().size(), Sender::kMaxWaitingFrames);
  EXPECT_EQ(lab.counters().answered.get(), Sender::kMaxWaitingFrames);
  for (const Sent& s : lab.sent()) EXPECT_EQ(s.text, "hello");
}

TEST_P(Waiting, ThereIsRoomForSoManyHops) {
  Lab lab;
  for (unsigned i = 0; i < Sender::kMaxWaitingHops; ++i) {
    lab.receive(datagram(nth_stranger(family(), 100 + i)));
  }
  EXPECT_EQ(lab.counters().held.get(), Sender::kMaxWaitingHops);
  EXPECT_EQ(lab.sent().size(), Sender::kMaxWaitingHops);
  lab.is_silent_to(datagram(nth_stranger(family(), 99)), Drop::neighbour_queue_full);
  // One of them answers, and there is room again.
  lab.receive(answer_of(nth_stranger(family(), 120), kStrangerMac));
  lab.advance(2ms);
  EXPECT_EQ(lab.only().destination_mac, kStrangerMac);
  lab.receive(datagram(nth_stranger(family(), 99)));
  EXPECT_TRUE(is_question(lab.only()));
}

// A flood from addresses that do not exist keeps nobody out for long, and asks for few of them.
TEST_P(Waiting, WhoComesToAFullRoomTakesTheOldestPlace) {
  Lab lab;
  const auto flood = [&](unsigned first) {
    for (unsigned i = 0; i < Sender::kMaxWaitingHops; ++i) {
      lab.receive(datagram(nth_stranger(family(), first + i)));
    }
  };
  flood(100);
  lab.sent().clear();
  lab.advance(Sender::kMinWait - 1ms);
  lab.is_silent_to(datagram(nth_stranger(family(), 99)), Drop::neighbour_queue_full);
  lab.advance(1ms);
  const std::uint64_t before = lab.dropped(Drop::neighbour_unresolved);
  lab.receive(datagram(nth_stranger(family(), 99)));
  EXPECT_TRUE(is_question(lab.only()));
  EXPECT_EQ(lab.dropped(Drop::neighbour_unresolved), before + 1) << "the first one's datagram";
  lab.receive(answer_of(nth_stranger(family(), 99), kStrangerMac));
  lab.advance(2ms);
  EXPECT_EQ(lab.only().destination_mac, kStrangerMac);
  EXPECT_EQ(lab.counters().held.get(), Sender::kMaxWaitingHops - 1);
}

// RFC 1122 §2.3.2.1, also for those who were shown out and came back.
TEST_P(Waiting, WhoWasShownOutIsNotAskedForMoreOften) {
  Lab lab;
  constexpr unsigned kHosts = Sender::kMaxWaitingHops + 20;
  std::map<Address, std::vector<Instant>> asked;
  lab.on_sent = [&](Frame&, const Sent& s) {
    const Address who = family() == Family::v4
                            ? Address::v4(std::span<const std::uint8_t, 4>(s.frame.data() + 38, 4))
                            : Address::v6(std::span<const std::uint8_t, 16>(s.l4.data() + 8, 16));
    asked[who].push_back(lab.now());
  };
  for (int round = 0; round < 50; ++round) {
    for (unsigned i = 0; i < kHosts; ++i) lab.receive(datagram(nth_stranger(family(), 80 + i)));
    lab.advance(60ms);
  }
  EXPECT_EQ(asked.size(), kHosts);
  EXPECT_GT(lab.dropped(Drop::neighbour_queue_full), 0U);
  for (const auto& [who, times] : asked) {
    EXPECT_LE(times.size(), 4U);
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 1], 1s) << to_string(who);
    }
  }
}

TEST_P(Waiting, WithoutARouteNothingLeaves) {
  Lab lab;
  const Address far = address(family() == Family::v4 ? "198.51.100.9" : "2001:db8:1::9");
  lab.is_silent_to(datagram(far), Drop::neighbour_no_route);
  lab.is_silent_to(echo_request(from(far, family()), "x"), Drop::neighbour_no_route);
  lab.is_silent_to(tcp_frame(from(far, family()), syn().seq(1)), Drop::neighbour_no_route);
}

TEST_P(Waiting, WhoIsFarIsReachedByTheGateway) {
  Lab lab(tuned([](Snapshot& s) {
    s.ports[0].gateway_v4 = stranger_address(Family::v4);
    s.ports[0].gateway_v6 = stranger_address(Family::v6);
  }));
  const Address far = address(family() == Family::v4 ? "198.51.100.9" : "2001:db8:1::9");
  lab.receive(datagram(far));
  asks_for(lab.only(), stranger_address(family()));
  lab.receive(answer_of(stranger_address(family()), kStrangerMac));
  lab.advance(2ms);
  const Sent s = lab.only();
  EXPECT_EQ(s.destination, far);
  EXPECT_EQ(s.destination_mac, kStrangerMac);
}

// A stale neighbour is used, and asked for again by unicast, once a second.
TEST_P(Waiting, AStaleNeighbourIsUsedAndAskedForAgain) {
  Lab lab;
  const Address peer = peer_address(family());
  lab.learn(peer, kPeerMac, Reachability::stale);
  lab.receive(datagram(peer));
  lab.receive(datagram(peer));
  ASSERT_EQ(lab.sent().size(), 3U);
  const auto question = std::find_if(lab.sent().begin(), lab.sent().end(), is_question);
  ASSERT_NE(question, lab.sent().end());
  EXPECT_EQ(question->destination_mac, kPeerMac);
  lab.receive(answer_of(peer, kPeerMac));
  EXPECT_EQ(lab.neighbours().find(peer)->state, Reachability::reachable);
}

// Requirement 3, RFC 4861 §7.3.3: the old place is asked three times, then everybody is.
TEST_P(Waiting, APeerThatMovedInSilenceIsFoundAgain) {
  Lab lab([](Stack::Config& c) { c.neighbours_age = true; });
  const Address peer = peer_address(family());
  lab.learn(peer, kPeerMac, Reachability::stale);
  lab.receive(datagram(peer));
  lab.receive(answer_of(peer, kPeerMac));
  ASSERT_EQ(lab.neighbours().find(peer)->state, Reachability::reachable);
  unsigned to_the_old_place = 0, to_everybody = 0;
  std::optional<Instant> found;
  std::vector<Octets> answers;
  lab.on_sent = [&](Frame&, const Sent& s) {
    if (is_question(s) && s.destination_mac == kPeerMac) {
      ++to_the_old_place;
    } else if (is_question(s)) {
      ++to_everybody;
      answers.push_back(answer_of(peer, kStrangerMac));
    } else if (s.destination_mac == kStrangerMac && !found) {
      found = lab.now();
    }
  };
  const Instant moved = lab.now();
  while (!found && lab.now() - moved < 120s) {
    lab.receive(datagram(peer));
    for (const Octets& answer : std::exchange(answers, {})) lab.receive(answer);
    lab.advance(250ms);
  }
  ASSERT_TRUE(found);
  EXPECT_LE(*found - moved, 60s);
  EXPECT_GE(to_the_old_place, NeighbourKeeper::kMaxUnanswered);
  EXPECT_EQ(to_everybody, 1U);
}

/// A peer that never answers questions about its place, on a connection on which it says
/// something four times a second. Returns how often all were asked where it is, in two minutes.
unsigned asked_after(Lab& lab, Family family, bool acknowledges) {
  std::uint32_t next = 101, received = 0;
  unsigned to_everybody = 0;
  lab.on_sent = [&](Frame&, const Sent& s) {
    if (is_question(s)) {
      to_everybody += s.destination_mac != kPeerMac;
    } else if (s.kind == Sent::Kind::tcp && (acknowledges || received == 0)) {
      received = s.seq + s.length();
    }
  };
  const auto say = [&](Seg seg) {
    seg.destination_port = kEchoPort;
    lab.receive(tcp_frame(from_peer(family), seg));
  };
  lab.learn(peer_address(family), kPeerMac, Reachability::stale);
  say(syn().seq(100));
  const Instant start = lab.now();
  while (lab.now() - start < 120s) {
    say(data("x").seq(next++).ack(received));
    lab.advance(250ms);
  }
  lab.on_sent = nullptr;
  return to_everybody;
}

// RFC 4861 §7.3.1, RFC 1122 §2.3.2.1: what a connection gets acknowledged has arrived.
TEST_P(Waiting, AConnectionThatGetsOnVouchesForItsNeighbour) {
  Lab lab([](Stack::Config& c) { c.neighbours_age = true; });
  EXPECT_EQ(asked_after(lab, family(), true), 0U);
  EXPECT_EQ(lab.dropped(Drop::neighbour_queue_full), 0U);
}

// It talks, but nothing shows that it hears.
TEST_P(Waiting, AConnectionThatDoesNotGetOnVouchesForNobody) {
  Lab lab([](Stack::Config& c) { c.neighbours_age = true; });
  EXPECT_GE(asked_after(lab, family(), false), 1U);
}

// RFC 4861 §7.2.3: a question tells where the asker is, not that he can be reached there.
TEST_P(Waiting, WhoAskedIsUsedAndAskedBack) {
  Lab lab;
  const Address stranger = stranger_address(family());
  lab.answer_to(family() == Family::v4
                    ? arp_frame(1, kStrangerMac, stranger, our_address(family()))
                    : solicitation(stranger, our_address(family()), kStrangerMac));
  EXPECT_EQ(lab.neighbours().find(stranger)->state, Reachability::stale);
  lab.receive(datagram(stranger));
  EXPECT_EQ(lab.sent().size(), 2U);
  for (const Sent& s : lab.sent()) EXPECT_EQ(s.destination_mac, kStrangerMac);
  lab.receive(answer_of(stranger, kStrangerMac));
  EXPECT_EQ(lab.neighbours().find(stranger)->state, Reachability::reachable);
}

}  // namespace
}  // namespace weir::test
