// Loss recovery with SACK and without: what leaves, and when, on each ACK (RFC 2018, 2883, 3168,
// 4015, 5682, 6937, 8985, 9438).
#include <algorithm>

#include "support/peer.hpp"

namespace weir::test {
namespace {

class SackRecovery : public BothFamilies {};
class Timers : public BothFamilies {};
class Needless : public BothFamilies {};
class Marks : public BothFamilies {};
class Growth : public BothFamilies {};
WEIR_BOTH_FAMILIES(SackRecovery);
WEIR_BOTH_FAMILIES(Timers);
WEIR_BOTH_FAMILIES(Needless);
WEIR_BOTH_FAMILIES(Marks);
WEIR_BOTH_FAMILIES(Growth);

constexpr std::uint32_t kMss = 1400;
constexpr Duration kRtt = 40ms;

/// The sequence number of the nth segment of Weir's text.
constexpr std::uint32_t at(std::uint32_t n) { return kIss + 1 + n * kMss; }

const std::string& long_text() {
  static const std::string text = pattern(0, 2'000'000);
  return text;
}
/// A connection with a round trip of kRtt whose service sends `bytes` as soon as it is open.
Peer sending(Family f, const Seg& offer, std::size_t bytes = 2'000'000) {
  PeerSetup setup;
  setup.syn = offer;
  setup.tune = [](Snapshot& s) { s.tcp.pacing = false; };  // ten segments at once to look at
  Peer peer = Peer::after_syn(f, std::move(setup));
  peer.advance(kRtt);
  peer.service().at_open = [bytes](Connection& c) {
    const auto* text = reinterpret_cast<const std::uint8_t*>(long_text().data());
    EXPECT_TRUE(c.send_static({text, bytes}));
  };
  peer.sends(ack());
  return peer;
}
const Seg kWithSack = syn().mss(kMss).sack_ok();
const Seg kPlain = syn().mss(kMss);

std::vector<std::uint32_t> numbers(const std::vector<Sent>& all) {
  std::vector<std::uint32_t> seqs;
  for (const Sent& s : all) seqs.push_back((s.seq - kIss - 1) / kMss);
  return seqs;
}

// Row 123 by SACK: three segments beyond the hole are enough, in one ACK too.
TEST_P(SackRecovery, ThreeSegmentsBeyondTheHoleRevealIt) {
  Peer peer = sending(family(), kWithSack);
  ASSERT_EQ(peer.takes_all().size(), 10U);
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), at(4)}}));
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, at(0));
  EXPECT_EQ(sent[0].text.size(), kMss);
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastRetrans), 1U);
}
// Row 129: CUBIC goes down to 0.7; row 122 has the same with NewReno.
TEST_P(SackRecovery, CubicReducesToSevenTenths) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), at(4)}}));
  EXPECT_EQ(peer.flow().ssthresh, 10 * kMss * 7 / 10);
  peer.takes_all();
  peer.sends(ack().ack(at(12)));
  EXPECT_EQ(peer.flow().cwnd, 10 * kMss * 7 / 10);
}
// Row 125: every hole that the blocks show is filled within one round trip, nothing else is.
TEST_P(SackRecovery, AllHolesAreFilledInOneRoundTrip) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), at(2)}}));
  peer.sends(ack().ack(at(0)).sack({{at(3), at(4)}, {at(1), at(2)}}));
  peer.sends(ack().ack(at(0)).sack({{at(3), at(6)}, {at(1), at(2)}}));
  peer.sends(ack().ack(at(0)).sack({{at(7), at(10)}, {at(3), at(6)}, {at(1), at(2)}}));
  std::vector<std::uint32_t> again;
  for (const std::uint32_t n : numbers(peer.takes_all())) {
    if (n < 10) again.push_back(n);
  }
  EXPECT_EQ(again, (std::vector<std::uint32_t>{0, 2, 6}));
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastRetrans), 1U) << "one loss, one reduction";
}
// Row 126: PRR sends beta for each segment delivered, spread over the ACKs.
TEST_P(SackRecovery, SendsInProportionToWhatIsDelivered) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  std::size_t sent = 0;
  std::size_t most = 0;
  for (std::uint32_t n = 2; n <= 10; ++n) {
    peer.sends(ack().ack(at(0)).sack({{at(1), at(n)}}));
    const std::size_t now = peer.takes_all().size();
    sent += now;
    most = std::max(most, now);
  }
  EXPECT_GE(sent, 5U);
  EXPECT_LE(sent, 8U) << "0.7 of ten, and limited transmit before";
  EXPECT_LE(most, 2U) << "no burst";
}
// A retransmission that is lost too is found by RACK, not by a timeout.
TEST_P(SackRecovery, ALostRetransmissionIsFoundByWhatLeftLater) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), at(10)}}));
  const auto first = peer.takes_all();
  ASSERT_GE(first.size(), 2U);
  EXPECT_EQ(first[0].seq, at(0));
  const std::uint32_t last = first.back().seq + kMss;
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), last}}));
  peer.advance(12ms);
  const auto second = peer.takes_all();
  ASSERT_FALSE(second.empty());
  EXPECT_TRUE(
      std::any_of(second.begin(), second.end(), [](const Sent& s) { return s.seq == at(0); }));
  EXPECT_EQ(peer.stack().mib(Mib::TcpRtoTimeouts), 0U);
}
// Row 134: SACK is advice. A receiver that takes it back gets everything again.
TEST_P(SackRecovery, ARenegingReceiverGetsItAll) {
  Peer peer = sending(family(), kWithSack, 10 * kMss);
  peer.takes_all();
  peer.advance(kRtt);
  peer.sends(ack().ack(at(0)).sack({{at(1), at(10)}}));
  peer.takes_all();
  peer.sends(ack().ack(at(1)));  // the rest was thrown away
  std::vector<bool> again(10);
  for (int i = 0; i < 20; ++i) {
    peer.advance(500ms);
    for (const std::uint32_t n : numbers(peer.takes_all())) again.at(n) = true;
    std::uint32_t have = 1;
    while (have < 10 && again[have]) ++have;
    peer.sends(ack().ack(at(have)));
  }
  EXPECT_EQ(std::count(again.begin(), again.end(), true), 9);
  EXPECT_EQ(peer.flow().inflight, 0U);
}
// CVE-2019-11478: blocks of eight bytes in every second place cost no more than the cap.
TEST_P(SackRecovery, AScoreboardOfCrumbsIsBounded) {
  Peer peer = sending(family(), syn().mss(88).sack_ok());
  peer.takes_all();
  for (int round = 0; round < 40; ++round) {
    const std::uint32_t in_flight = peer.flow().inflight;
    for (std::uint32_t offset = 8; offset + 24 < in_flight; offset += 48) {
      const std::uint32_t from = kIss + 1 + offset;
      peer.sends(ack().ack(kIss + 1).sack({{from, from + 8}, {from + 16, from + 24}}));
    }
    peer.takes_all();
    EXPECT_LE(peer.stack().pipeline().memory().sent_ranges, tcp::Scoreboard::kMaxRanges);
  }
  EXPECT_EQ(peer.state(), State::established);
}
// Row 135, our side: what came twice is reported first (RFC 2883).
TEST_P(SackRecovery, ADuplicateIsReported) {
  PeerSetup setup;
  setup.syn = kWithSack;
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("hello"));
  peer.advance(50ms);
  peer.takes_all();
  peer.sends(data("hello").seq(kIrs + 1));
  const auto sent = peer.takes_all();
  ASSERT_EQ(sent.size(), 1U);
  ASSERT_GE(sent[0].options.sack_count, 1);
  const SackBlock block = sent[0].options.sack[0];
  EXPECT_EQ(block.right - block.left, 5);
  EXPECT_EQ(block.right.value(), kIrs + 6);
}

// Row 130: the fourth of four was delivered: the others have a quarter of the round trip.
TEST_P(Timers, RackWaitsAQuarterOfTheRoundTrip) {
  Peer peer = sending(family(), kWithSack, 4 * kMss);
  ASSERT_EQ(peer.takes_all().size(), 4U);
  peer.advance(kRtt);
  peer.sends(ack().ack(at(1)).sack({{at(3), at(4)}}));
  EXPECT_TRUE(peer.takes_all().empty());
  peer.advance(kRtt / 4 - 3ms);
  EXPECT_TRUE(peer.takes_all().empty()) << "reordering has its time";
  peer.advance(5ms);
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, at(1));
  EXPECT_EQ(peer.stack().mib(Mib::TcpRtoTimeouts), 0U);
}
// Row 131: the last two are lost: one probe after two round trips, and SACK does the rest.
TEST_P(Timers, ATailLossIsProbed) {
  Peer peer = sending(family(), kWithSack, 4 * kMss);
  ASSERT_EQ(peer.takes_all().size(), 4U);
  peer.advance(kRtt);
  peer.sends(ack().ack(at(2)));
  peer.advance(2 * kRtt - 5ms);
  EXPECT_TRUE(peer.takes_all().empty());
  peer.advance(10ms);
  EXPECT_EQ(numbers(peer.takes_all()), std::vector<std::uint32_t>{3});
  EXPECT_EQ(peer.stack().mib(Mib::TcpTailLossProbes), 1U);
  peer.advance(kRtt);
  peer.sends(ack().ack(at(2)).sack({{at(3), at(4)}}));
  peer.advance(12ms);
  EXPECT_EQ(numbers(peer.takes_all()), std::vector<std::uint32_t>{2});
  EXPECT_EQ(peer.stack().mib(Mib::TcpRtoTimeouts), 0U);
}
// RFC 8985 §7.4.2: the probe alone repaired the loss; the window shrinks all the same.
TEST_P(Timers, ALossThatOnlyTheProbeSawIsALoss) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  peer.sends(ack().ack(at(8)).win(2 * kMss));  // no room for new text
  peer.takes_all();
  peer.advance(2 * kRtt + 5ms);
  EXPECT_EQ(numbers(peer.takes_all()), std::vector<std::uint32_t>{9});
  peer.sends(ack().ack(at(10)).win(60'000));
  EXPECT_FALSE(peer.takes_all().empty());
  const std::uint32_t before = peer.flow().cwnd;
  peer.sends(ack().ack(at(11)));
  EXPECT_LT(peer.flow().cwnd, before);
  peer.takes_all();
}

// Row 132, Eifel: the ACKs were late, not lost: all is as before the timeout.
TEST_P(Needless, TimestampsUndoATimeout) {
  PeerSetup setup;
  Peer peer = sending(family(), syn().mss(kMss).ts(1000, 0));
  const auto first = peer.takes_all();
  ASSERT_EQ(first.size(), 10U);
  const std::uint32_t echo = first[0].options.ts_value;
  const std::uint32_t before = peer.flow().cwnd;
  peer.advance(300ms);
  EXPECT_EQ(peer.stack().mib(Mib::TcpRtoTimeouts), 1U);
  EXPECT_EQ(numbers(peer.takes_all()).size(), 1U);
  EXPECT_LT(peer.flow().cwnd, before);
  peer.sends(ack().ack(at(1)).ts(peer.ts_now(), echo));
  EXPECT_GE(peer.flow().cwnd, before);
  EXPECT_EQ(peer.stack().mib(Mib::TcpSpuriousRecoveries), 1U);
  for (const Sent& s : peer.takes_all()) {
    EXPECT_GE(s.seq, kIss + 1 + 10 * (kMss - 12)) << "nothing is sent again";
  }
}
// Row 132, F-RTO: without timestamps two ACKs tell it.
TEST_P(Needless, TwoAcksUndoATimeout) {
  for (const Seg& offer : {kPlain, kWithSack}) {
    Peer peer = sending(family(), offer, 40 * kMss);
    peer.takes_all();
    const std::uint32_t before = peer.flow().cwnd;
    while (peer.stack().mib(Mib::TcpRtoTimeouts) == 0) peer.advance(10ms);
    const std::uint32_t nxt = peer.flow().inflight;
    peer.takes_all();
    peer.sends(ack().ack(at(1)));
    const auto step2 = peer.takes_all();
    ASSERT_FALSE(step2.empty());
    for (const Sent& s : step2) EXPECT_GE(s.seq, kIss + 1 + nxt) << "step 2b: new text";
    peer.sends(ack().ack(at(2)));
    EXPECT_EQ(peer.stack().mib(Mib::TcpSpuriousRecoveries), 1U);
    EXPECT_GE(peer.flow().cwnd, before);
    for (const Sent& s : peer.takes_all()) EXPECT_GE(s.seq, kIss + 1 + nxt);
  }
}
// The same beginning, but the timeout was right: duplicates come, and slow start sends it again.
TEST_P(Needless, ATimeoutThatWasNeededIsNotUndone) {
  Peer peer = sending(family(), kPlain, 40 * kMss);
  peer.takes_all();
  while (peer.stack().mib(Mib::TcpRtoTimeouts) == 0) peer.advance(10ms);
  peer.takes_all();
  peer.sends(ack().ack(at(1)));
  peer.takes_all();
  peer.sends(ack().ack(at(1)));
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, at(1));
  EXPECT_EQ(peer.stack().mib(Mib::TcpSpuriousRecoveries), 0U);
}
// RFC 3708: every retransmission was reported as a duplicate, so there was no loss.
TEST_P(Needless, DsacksUndoARecovery) {
  Peer peer = sending(family(), kWithSack);
  peer.takes_all();
  peer.advance(kRtt);
  const std::uint32_t before = peer.flow().cwnd;
  peer.sends(ack().ack(at(0)).sack({{at(1), at(4)}}));
  EXPECT_LT(peer.flow().ssthresh, before);
  EXPECT_EQ(peer.takes_all()[0].seq, at(0));
  peer.sends(ack().ack(at(4)));  // the first, late
  peer.takes_all();
  peer.sends(ack().ack(at(4)).sack({{at(0), at(1)}}));
  EXPECT_EQ(peer.stack().mib(Mib::TcpDsacksReceived), 1U);
  EXPECT_EQ(peer.stack().mib(Mib::TcpSpuriousRecoveries), 1U);
  EXPECT_GE(peer.flow().cwnd, before);
  peer.takes_all();
}

// Row 144: an ECN-setup SYN, AccECN's too (row 146), is answered with ECE alone.
TEST_P(Marks, AreAgreedOn) {
  for (const std::uint8_t reserved : {std::uint8_t{0}, std::uint8_t{1}}) {
    PeerSetup setup;
    setup.syn = syn().mss(kMss).with(kEce | kCwr).reserved(reserved);
    Peer peer(family(), std::move(setup));
    peer.sends(syn().mss(kMss).with(kEce | kCwr).reserved(reserved));
    const auto sent = peer.takes_all();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].flags, kSyn | kAck | kEce);
    EXPECT_EQ(sent[0].traffic_class & 3, 0) << "a SYN-ACK is not ECN-capable";
  }
  Peer other = Peer::after_syn(family());
  EXPECT_EQ(other.stack().mib(Mib::TcpEcnReductions), 0U);
}
// Row 145: ECT on new text alone; ECE halves once a window; the next new text says CWR.
TEST_P(Marks, ReduceOnceAWindow) {
  Peer peer = sending(family(), syn().mss(kMss).sack_ok().with(kEce | kCwr));
  for (const Sent& s : peer.takes_all()) EXPECT_EQ(s.traffic_class & 3, 2);
  peer.advance(kRtt);
  const std::uint32_t before = peer.flow().cwnd;
  for (std::uint32_t n = 1; n <= 6; ++n) peer.sends(ack().ack(at(n)).with(kEce));
  EXPECT_EQ(peer.stack().mib(Mib::TcpEcnReductions), 1U);
  EXPECT_EQ(peer.flow().ssthresh, before * 7 / 10);
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_NE(sent[0].flags & kCwr, 0);
  EXPECT_EQ(
      std::count_if(sent.begin(), sent.end(), [](const Sent& s) { return (s.flags & kCwr) != 0; }),
      1);
  while (peer.stack().mib(Mib::TcpRtoTimeouts) == 0) peer.advance(10ms);
  for (const Sent& s : peer.takes_all()) {
    if (s.seq >= at(10)) continue;
    EXPECT_EQ(s.traffic_class & 3, 0) << "never on what is sent again";
  }
}
// Row 145, the receiver: CE is echoed until CWR.
TEST_P(Marks, AreEchoedUntilThePeerHasReduced) {
  PeerSetup setup;
  setup.syn = syn().mss(kMss).with(kEce | kCwr);
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("a").tos(3));
  auto sent = peer.takes_all();
  ASSERT_EQ(sent.size(), 1U) << "at once";
  EXPECT_NE(sent[0].flags & kEce, 0);
  EXPECT_EQ(sent[0].traffic_class & 3, 0);
  peer.sends(data("b").tos(2));
  peer.advance(50ms);
  for (const Sent& s : peer.takes_all()) EXPECT_NE(s.flags & kEce, 0);
  peer.sends(data("c").tos(2).with(kCwr));
  peer.advance(50ms);
  sent = peer.takes_all();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].flags & kEce, 0);
}

// Row 128: a window that is not used does not grow.
TEST_P(Growth, StopsWhenTheApplicationIsTheLimit) {
  PeerSetup setup;
  setup.syn = kWithSack;
  setup.script = [](ScriptedService& s) { s.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  std::uint32_t acked = 0;
  for (std::uint32_t n = 1; n <= 100; ++n) {
    peer.calls([](Connection& c) { c.send(std::string(kMss, 'y')); });  // 10 ms
    peer.takes_all();
    if (n <= 2) continue;
    peer.sends(ack().ack(at(++acked)));
  }
  EXPECT_LE(peer.flow().cwnd, 10 * kMss);
  peer.takes_all();
}
// RFC 9438: after a loss the curve is back at its old height after K seconds, and not before.
TEST_P(Growth, FollowsTheCubicCurve) {
  tcp::Cubic cubic;
  constexpr std::uint32_t kWindow = 100 * kMss;
  std::uint32_t cwnd = cubic.reduce(kWindow, kWindow, kMss);
  EXPECT_EQ(cwnd, 70 * kMss);
  // K = cbrt(30 / 0.4) = 4.2 s; an ACK of the window each 100 ms.
  std::uint64_t now = 1'000'000;
  std::uint32_t after_2s = 0;
  std::uint32_t after_4s = 0;
  std::uint32_t after_8s = 0;
  for (int i = 0; i < 80; ++i) {
    for (std::uint32_t acked = 0; acked < cwnd; acked += 2 * kMss) {
      cwnd = cubic.avoid(cwnd, 2 * kMss, kMss, 100'000, now);
    }
    now += 100'000;
    if (i == 19) after_2s = cwnd;
    if (i == 41) after_4s = cwnd;
    if (i == 79) after_8s = cwnd;
  }
  EXPECT_GT(after_2s, 94 * kMss);  // 100 - 0.4 * 2.2^3 = 95.7
  EXPECT_LT(after_2s, 98 * kMss);
  EXPECT_GE(after_4s, 99 * kMss);
  EXPECT_LE(after_4s, 101 * kMss);
  EXPECT_GT(after_8s, 118 * kMss);  // 100 + 0.4 * 3.8^3 = 122
  EXPECT_LT(after_8s, 126 * kMss);
}
// RFC 9406: slow start ends when the round trips grow longer, without a loss.
TEST_P(Growth, SlowStartEndsWhenTheQueueGrows) {
  tcp::HyStart hystart;
  std::uint32_t una = 0;
  hystart.start(Seq(una + 10));
  bool over = false;
  int rounds = 0;
  for (; rounds < 40 && !over; ++rounds) {
    const std::uint32_t rtt = 40'000 + static_cast<std::uint32_t>(std::max(0, rounds - 3)) * 6000;
    for (int i = 0; i < 10 && !over; ++i) {
      ++una;
      over = hystart.round_trip(rtt, Seq(una), Seq(una + 10));
    }
  }
  EXPECT_TRUE(over);
  EXPECT_GE(rounds, 8) << "five conservative rounds first";
  EXPECT_LE(rounds, 14);
}

}  // namespace
}  // namespace weir::test
