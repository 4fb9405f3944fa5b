// Fragments that no datagram is made of, and what each of them ends as: RFC 1858, 3128, 5722, 8200.
#include "lab.hpp"
#include "support/fragments.hpp"

namespace weir::test {
namespace {

using FragmentsRefused = BothFamilies;
WEIR_BOTH_FAMILIES(FragmentsRefused);

constexpr std::uint32_t kPieces = 3;

std::vector<Octets> three(Family f, std::uint32_t identification = 1) {
  return fragments_of(udp_frame(from_peer(f), 5000, kEchoPort, pattern(0, 3000)), 1024,
                      identification);
}
Octets piece(Family f, const Piece& p, std::size_t size, std::uint8_t protocol = kProtoUdp) {
  return fragment_frame(from_peer(f), protocol, p, Octets(size, 0x11));
}

// Requirement 16, RFC 5722 §4: all of the datagram, before and after.
TEST_P(FragmentsRefused, AnOverlapDiscardsTheWholeDatagram) {
  const Octets overlaps[] = {
      piece(family(), {1016, true, 1}, 16),     // one unit of the first and one of the second
      piece(family(), {1024, true, 1}, 1016),   // the second, shorter
      piece(family(), {1032, true, 1}, 8),      // inside the second
      piece(family(), {1024, true, 1}, 1024),   // the second with another text
      piece(family(), {1024, false, 1}, 1024),  // the second as the last
      piece(family(), {4096, true, 1}, 8),      // beyond the last
      piece(family(), {4096, false, 1}, 8),     // another last
      piece(family(), {2048, false, 1}, 1024),  // the last, longer
  };
  for (const Octets& overlap : overlaps) {
    Lab lab;
    const auto fragments = three(family());
    lab.receive(fragments[1]);
    lab.receive(fragments[2]);
    lab.receive(overlap);
    EXPECT_TRUE(lab.sent().empty());
    EXPECT_EQ(lab.dropped(Drop::ip_fragment_overlap), 1 + 2U) << &overlap - overlaps;
    EXPECT_EQ(lab.counters().held.get(), 0U);
    for (const Octets& f : fragments) lab.is_silent_to(f, Drop::ip_fragment_overlap);
    lab.advance(16s);
    EXPECT_TRUE(lab.sent().empty());
    // Its time is over, and its identification means another datagram.
    for (const Octets& f : fragments) lab.receive(f);
    EXPECT_EQ(joined(lab.sent()).text, pattern(0, 3000));
  }
}

TEST_P(FragmentsRefused, ADuplicateIsIgnored) {
  Lab lab;
  const auto fragments = three(family());
  lab.receive(fragments[0]);
  lab.is_silent_to(fragments[0], Drop::ip_fragment_duplicate);
  lab.receive(fragments[2]);
  lab.is_silent_to(fragments[2], Drop::ip_fragment_duplicate);
  lab.is_silent_to(fragments[0], Drop::ip_fragment_duplicate);
  lab.receive(fragments[1]);
  EXPECT_EQ(joined(lab.sent()).text, pattern(0, 3000));
}

// Requirement 15: as the first fragment came, and the sender is told; without it nobody is.
TEST_P(FragmentsRefused, ATimeOutIsReportedIfTheFirstFragmentCame) {
  Lab lab;
  const auto fragments = three(family());
  lab.receive(fragments[1]);
  lab.receive(fragments[0]);
  lab.advance(14'990ms);
  EXPECT_TRUE(lab.sent().empty());
  EXPECT_EQ(lab.counters().held.get(), 2U);
  lab.advance(20ms);
  const Sent s = lab.only();
  EXPECT_EQ(s.type, family() == Family::v4 ? 11 : 3);
  EXPECT_EQ(s.code, 1);
  EXPECT_EQ(s.destination, peer_address(family()));
  const Octets& first = fragments[0];
  ASSERT_EQ(s.l4.size(),
            8 + std::min<std::size_t>(first.size() - 14, family() == Family::v4 ? 548 : 1232));
  EXPECT_TRUE(std::equal(s.l4.begin() + 8, s.l4.end(), first.begin() + 14));
  // One of the two fragments was answered, the other not.
  EXPECT_EQ(lab.refused(Drop::ip_fragment_timeout), 1U);
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_timeout), 1U);
  EXPECT_EQ(lab.counters().held.get(), 0U);

  lab.receive(fragments[1]);
  lab.receive(fragments[2]);
  lab.advance(16s);
  EXPECT_TRUE(lab.sent().empty());
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_timeout), 3U);
  EXPECT_EQ(lab.mib(Mib::IpReasmFails), 2U);
}

TEST_P(FragmentsRefused, TimeOutsAreReportedWithinTheLimit) {
  Lab lab(tuned([](Snapshot& s) { s.icmp_limit = 2; }));
  for (std::uint32_t id = 0; id < 5; ++id) lab.receive(three(family(), id)[0]);
  lab.advance(16s);
  EXPECT_EQ(lab.sent().size(), 2U);
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_timeout), 3U);
}

// RFC 1122 §3.2.2: no error about an error, and none about what came to a group.
TEST_P(FragmentsRefused, AnIcmpErrorThatTimesOutIsNotReported) {
  Lab lab;
  Octets rest(2000, 0);
  const std::uint8_t type = family() == Family::v4 ? 3 : 1;
  lab.receive(fragments_of(icmp_frame(from_peer(family()), type, 3, rest))[0]);
  lab.advance(16s);
  EXPECT_TRUE(lab.sent().empty());
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_timeout), 1U);
}

// Requirement 17: RFC 1858, RFC 3128, RFC 7112.
TEST_P(FragmentsRefused, ATcpHeaderInPiecesIsRefused) {
  Lab lab;
  const Octets segment = tcp_frame(from_peer(family()), syn().mss(1460));
  const auto fragments = fragments_of(segment, 8);
  if (family() == Family::v4) {
    lab.is_silent_to(fragments[0], Drop::ip_fragment_tiny);
  } else {
    is_problem(lab.answer_to(fragments[0]), 3, 0, fragments[0]);
    EXPECT_EQ(lab.refused(Drop::ip_fragment_tiny), 1U);
  }
  lab.is_silent_to(fragments[1], Drop::ip_fragment_tiny);
  lab.is_silent_to(piece(family(), {8, true}, 800, kProtoTcp), Drop::ip_fragment_tiny);
}

TEST(FragmentsRefusedV6, AHeaderChainInPiecesIsRefused) {
  Lab lab;
  const Octets chain{60, 1, 1, 4, 0, 0, 0, 0};  // 16 bytes long, 8 of them here
  const Octets first = fragment_frame(from_peer(Family::v6), 60, {0, true}, chain);
  is_problem(lab.answer_to(first), 3, 0, first);
}

// Requirements 18 and 170: the ping of death.
TEST_P(FragmentsRefused, BeyondTheLargestPacketIsRefused) {
  Lab lab;
  for (const Octets& f : {piece(family(), {65528, false}, 1400), piece(family(), {65528, true}, 8),
                          piece(family(), {64536, true}, 1000)}) {
    if (family() == Family::v4) {
      lab.is_silent_to(f, Drop::ip_fragment_too_long);
    } else {
      is_problem(lab.answer_to(f), 0, 42, f);
      EXPECT_GT(lab.refused(Drop::ip_fragment_too_long), 0U);
    }
  }
}

// RFC 8200 §4.5: the pointer is at the payload length.
TEST_P(FragmentsRefused, OfNoWholeUnitsThoughMoreFollowIsRefused) {
  Lab lab;
  const Octets odd = piece(family(), {0, true}, 1001);
  if (family() == Family::v4) {
    lab.is_silent_to(odd, Drop::ip_fragment_malformed);
  } else {
    is_problem(lab.answer_to(odd), 0, 4, odd);
    EXPECT_EQ(lab.refused(Drop::ip_fragment_malformed), 1U);
  }
  lab.is_silent_to(piece(family(), {800, false}, 0), Drop::ip_fragment_malformed);
}

// Requirement 19, FragmentSmack: bounded, and whoever comes last gets through.
TEST_P(FragmentsRefused, AFloodOfFirstFragmentsIsBounded) {
  Lab lab;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    Address source = stranger_address(family());
    source.bytes[15] = static_cast<std::uint8_t>(10 + i % 200);
    lab.receive(fragment_frame(from(source, family()), kProtoUdp, {0, true, i}, Octets(64, 1)));
  }
  EXPECT_EQ(lab.counters().held.get(), Reassembler::kMostDatagrams);
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_no_room), 4000 - Reassembler::kMostDatagrams);
  for (const Octets& f : three(family())) lab.receive(f);
  EXPECT_EQ(joined(lab.sent()).text, pattern(0, 3000));
}

TEST_P(FragmentsRefused, OneSourceCannotTakeTheRoomOfOthers) {
  Lab lab;
  const Address other = stranger_address(family());
  const auto theirs =
      fragments_of(udp_frame(from(other, family()), 5000, kDiscardPort, pattern(0, 2000)));
  lab.receive(theirs[0]);
  for (std::uint32_t id = 0; id < 1000; ++id) lab.receive(three(family(), id)[0]);
  EXPECT_EQ(lab.counters().held.get(), Reassembler::kMostOfSource + 1);
  lab.receive(theirs[1]);
  EXPECT_EQ(lab.counters().delivered.get(), 1U);
  // Their own latest can still become whole.
  for (const std::uint32_t i : {1U, 2U}) lab.receive(three(family(), 999)[i]);
  EXPECT_EQ(joined(lab.sent()).text, pattern(0, 3000));
}

TEST_P(FragmentsRefused, BytesAreBounded) {
  Lab lab;
  std::uint64_t sent = 0;
  for (std::uint8_t host = 10; host < 110; ++host) {
    Address source = stranger_address(family());
    source.bytes[15] = host;
    for (std::uint32_t at = 0; at < 60'000; at += 2000, ++sent) {
      lab.receive(
          fragment_frame(from(source, family()), kProtoUdp, {at, true, host}, Octets(2000, 1)));
    }
  }
  EXPECT_LE(lab.counters().held.get() * 2000, std::uint64_t{Reassembler::kMostBytes});
  EXPECT_EQ(lab.counters().held.get() + lab.dropped(Drop::ip_fragment_no_room), sent);
}

TEST_P(FragmentsRefused, ADatagramOfTooManyPiecesIsRefused) {
  Lab lab;
  for (std::uint32_t i = 0; i <= Reassembler::kMostFragments; ++i) {
    lab.receive(piece(family(), {i * 8, true}, 8));
  }
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_too_many), Reassembler::kMostFragments + 1);
  EXPECT_EQ(lab.counters().held.get(), 0U);
}

TEST_P(FragmentsRefused, ToAGroupAreIgnored) {
  Lab lab;
  Ends ends = from_peer(family());
  ends.destination = address(family() == Family::v4 ? "192.0.2.255" : "ff02::1");
  const std::uint8_t icmp = family() == Family::v4 ? kProtoIcmp : kProtoIcmpv6;
  lab.is_silent_to(fragment_frame(ends, icmp, {0, true}, Octets(64, 0)), Drop::eth_group_not_ours);
}

// No MSS of ours allows it, and neither a connection nor another worker could keep it.
TEST_P(FragmentsRefused, ASegmentLongerThanAFrameIsRefused) {
  Lab lab;
  for (const Octets& f :
       fragments_of(tcp_frame(from_peer(family()), test::data(pattern(0, 4000))))) {
    lab.receive(f);
  }
  EXPECT_EQ(lab.dropped(Drop::tcp_too_long), 1U);
}

// RFC 6980 §5, fragments of both kinds.
TEST(FragmentsRefusedV6, NeighbourDiscoveryInFragmentsIsIgnored) {
  Lab lab;
  Ends ends = from_peer(Family::v6);
  ends.ttl = 255;
  Octets rest(4, 0);
  const Address target = our_address(Family::v6);
  rest.insert(rest.end(), target.bytes.begin(), target.bytes.end());
  const Octets message = icmp_frame(ends, 135, 0, rest);
  lab.receive(fragments_of(message, 16)[0]);
  lab.is_silent_to(fragments_of(message, 16)[1], Drop::nd_fragmented);
  const Octets icmp(message.begin() + 54, message.end());
  lab.is_silent_to(fragment_frame(ends, kProtoIcmpv6, {0, false}, icmp), Drop::nd_fragmented);
}

// All of a reply or nothing.
TEST_P(FragmentsRefused, AReplyThatDoesNotFitTheQueueIsGivenUpWhole) {
  Lab lab;
  const std::string text = pattern(0, 60'000);
  std::vector<Octets> last;
  for (std::uint32_t id = 0; id < 24; ++id) {
    auto all = fragments_of(udp_frame(from_peer(family()), 5000, kEchoPort, text), 1448, id);
    last.push_back(all.back());
    all.pop_back();
    for (const Octets& f : all) lab.receive(f);
  }
  lab.receive_burst(last);  // all at once: nothing leaves between them
  const std::uint64_t lost = lab.dropped(Drop::frames_no_room);
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(lab.counters().answered.get(), last.size() - lost);
  EXPECT_EQ(lab.sent().size() % (24 - lost), 0U);
}

// Whatever is missing when the worker stops has its verdict: the kit asserts it.
TEST_P(FragmentsRefused, WhatWaitsWhenTheWorkerStopsIsCounted) {
  Lab lab;
  for (std::uint32_t i = 0; i + 1 < kPieces; ++i) lab.receive(three(family())[i]);
  lab.shut_down();
  EXPECT_EQ(lab.dropped(Drop::ip_fragment_timeout), kPieces - 1);
}

}  // namespace
}  // namespace weir::test
