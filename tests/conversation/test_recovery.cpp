// Loss, windows and order, one segment at a time: what the sender does, and the receiver.
#include <algorithm>
#include <array>
#include <numeric>

#include "support/peer.hpp"

namespace weir::test {
namespace {

class LossRecovery : public BothFamilies {};
class Windows : public BothFamilies {};
class Order : public BothFamilies {};
class Listing : public BothFamilies {};
WEIR_BOTH_FAMILIES(LossRecovery);
WEIR_BOTH_FAMILIES(Windows);
WEIR_BOTH_FAMILIES(Order);
WEIR_BOTH_FAMILIES(Listing);

constexpr std::uint32_t kMss = 1400;

const std::string& long_text() {
  static const std::string text = pattern(0, 2'000'000);
  return text;
}
/// A connection whose service sends without end from the beginning; ten segments have left.
Peer sending(Family f, PeerSetup setup = {}) {
  Peer peer = Peer::after_syn(f, std::move(setup));
  peer.service().at_open = [](Connection& c) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(long_text().data());
    EXPECT_TRUE(c.send_static({at, long_text().size()}));
  };
  peer.sends(ack());
  return peer;
}

PeerSetup with_newreno() {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.congestion = tcp::Algorithm::newreno; };
  return setup;
}

// Row 123: the third duplicate brings the segment at SND.UNA at once; row 122: half the flight.
TEST_P(LossRecovery, ThreeDuplicatesBringTheLostSegment) {
  Peer peer = sending(family(), with_newreno());
  EXPECT_EQ(peer.takes_all().size(), 10U);
  peer.sends(ack().ack(kIss + 1 + kMss));  // the first arrived, the second is lost
  peer.takes_all();
  const std::uint32_t in_flight = peer.flow().inflight;
  peer.sends(ack().ack(kIss + 1 + kMss));
  peer.sends(ack().ack(kIss + 1 + kMss));
  // Row 124, limited transmit: new text on the first two, the lost one on none of them.
  for (const Sent& s : peer.takes_all()) EXPECT_GT(s.seq, kIss + 1 + kMss);
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastRetrans), 0U);
  peer.sends(ack().ack(kIss + 1 + kMss));
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, kIss + 1 + kMss);
  EXPECT_EQ(sent[0].text.size(), kMss);
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastRetrans), 1U);
  EXPECT_GE(peer.flow().ssthresh, in_flight / 2);
  EXPECT_LE(peer.flow().ssthresh, (in_flight + 2 * kMss) / 2);
}
TEST_P(LossRecovery, LimitedTransmitSendsOneOnEachOfTheFirstTwo) {
  Peer peer = sending(family());
  peer.takes_all();
  for (int i = 0; i < 2; ++i) {
    peer.sends(ack().ack(kIss + 1));
    EXPECT_EQ(peer.takes_all().size(), 1U);
  }
}
// Row 125: a partial acknowledgement brings the next hole, and the window is not halved again.
TEST_P(LossRecovery, APartialAckBringsTheNextHole) {
  Peer peer = sending(family());
  peer.takes_all();
  for (int i = 0; i < 3; ++i) peer.sends(ack().ack(kIss + 1));
  const std::uint32_t threshold = peer.flow().ssthresh;
  peer.takes_all();
  peer.sends(ack().ack(kIss + 1 + 3 * kMss));
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, kIss + 1 + 3 * kMss);
  EXPECT_EQ(peer.flow().ssthresh, threshold);
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastRetrans), 1U);
}
// Row 121: fifty ACKs for one segment gain no more than one ACK would.
TEST_P(LossRecovery, DividedAcksGainNothing) {
  Peer peer = sending(family());
  peer.takes_all();
  const std::uint32_t before = peer.flow().cwnd;
  for (std::uint32_t i = 1; i <= 50; ++i) peer.sends(ack().ack(kIss + 1 + i * kMss / 50));
  EXPECT_LE(peer.flow().cwnd - before, kMss);
  EXPECT_LE(peer.takes_all().size(), 3U);
}
// Row 121: one ACK for everything opens the window by eight segments at most (RFC 9406 §4.3).
TEST_P(LossRecovery, AStretchedAckGainsEightSegments) {
  Peer peer = sending(family());
  peer.takes_all();
  const std::uint32_t before = peer.flow().cwnd;
  peer.sends(ack().ack(kIss + 1 + 10 * kMss));
  EXPECT_EQ(peer.flow().cwnd - before, 8 * kMss);
}
// Hardening: duplicates by the hundred set free no more than what was there.
TEST_P(LossRecovery, ForgedDuplicatesAreBoundedByTheWindow) {
  Peer peer = sending(family());
  peer.takes_all();
  for (int i = 0; i < 200; ++i) peer.sends(ack().ack(kIss + 1));
  EXPECT_LE(peer.flow().inflight, 0xffffU);
  peer.takes_all();
}
// Row 136: SACK blocks of any content do no harm.
TEST_P(LossRecovery, SackLiesAreHarmless) {
  PeerSetup setup;
  setup.syn = syn().mss(1400).sack_ok();
  Peer peer = sending(family(), std::move(setup));
  peer.takes_all();
  peer.sends(ack().ack(kIss + 1).sack({{kIss - 5000, kIss + 50'000}, {kIss + 100, kIss + 50}}));
  peer.sends(ack().ack(kIss + 1).sack({{kIss + 1, kIss + 1}, {0, 0xffffffff}}));
  EXPECT_EQ(peer.state(), State::established);
  peer.takes_all();
}
// RFC 9293 §3.10.7.4: an ACK in flight that acknowledges more carries the window that belongs to
// it, though its own number be old.
TEST_P(LossRecovery, AnAdvancingAckWithAnOldNumberBringsItsWindow) {
  Peer peer = sending(family());
  peer.takes_all();
  peer.sends(data("a").seq(kIrs + 1).ack(kIss + 1).win(20'000));
  peer.sends(data("b").seq(kIrs + 2).ack(kIss + 1).win(20'000));
  peer.takes_all();
  peer.sends(data("xab").seq(kIrs).ack(kIss + 1 + 2 * kMss).win(15'000));
  for (const Sent& s : peer.takes_all()) {
    EXPECT_LE(s.seq + s.length(), kIss + 1 + 2 * kMss + 15'000);
  }
}

// Row 110: the peer takes its window back to less than what is in flight. No text beyond it is sent
// again in vain, what lies within is sent again, and it goes on when the window opens.
TEST_P(Windows, AShrunkWindowIsBorne) {
  for (const std::uint16_t shrunk : {std::uint16_t{100}, std::uint16_t{0}}) {
    Peer peer = sending(family());
    peer.takes_all();
    peer.sends(ack().ack(kIss + 1 + kMss).win(shrunk));
    peer.takes_all();
    peer.advance(3s);
    const auto sent = peer.takes_all();
    ASSERT_FALSE(sent.empty()) << "row 110: resend within the window";
    for (const Sent& s : sent) {
      EXPECT_EQ(s.seq, kIss + 1 + kMss);
      EXPECT_LE(s.text.size(), std::max<std::size_t>(shrunk, 1));
      EXPECT_EQ(s.text, pattern(kMss, s.text.size()));
    }
    // A closed window may stay so; one that takes nothing though it is open has until R2.
    for (int i = 0; i < (shrunk == 0 ? 300 : 50); ++i) {
      peer.sends(ack().ack(kIss + 1 + kMss).win(shrunk));
      peer.advance(1s);
    }
    EXPECT_EQ(peer.state(), State::established) << "a peer that answers is alive";
    peer.takes_all();
    peer.sends(ack().ack(kIss + 1 + kMss).win(60'000));
    peer.advance(1s);
    EXPECT_GT(peer.takes_all().size(), 0U);
    EXPECT_EQ(peer.state(), State::established);
  }
}
// Row 111: the first probe after an RTO, then backing off; a probe is one octet.
TEST_P(Windows, AClosedWindowIsProbedWithOneOctetAndPatience) {
  PeerSetup setup;
  setup.script = [](ScriptedService& s) { s.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(ack().win(0));
  peer.calls([](Connection& c) { c.send(std::string(5000, 'y')); });
  peer.expects_nothing();
  std::vector<Duration> gaps;
  Instant last = peer.stack().now();
  for (int i = 0; i < 6; ++i) {
    while (peer.stack().sent().empty() && peer.stack().now() - last < 100s) peer.advance(5ms);
    gaps.push_back(peer.stack().now() - last);
    last = peer.stack().now();
    const Sent s = peer.expects(ack().seq(kIss + 1).bytes(1, 'y'));
    peer.sends(ack().ack(kIss + 1).win(0));
  }
  EXPECT_GE(gaps[0], 150ms);
  EXPECT_LE(gaps[0], 1100ms);
  for (std::size_t i = 1; i < gaps.size(); ++i) EXPECT_GE(gaps[i], gaps[i - 1] * 3 / 2);
  EXPECT_EQ(peer.stack().mib(Mib::TcpZeroWindowProbes), 6U);
  peer.sends(ack().ack(kIss + 1).win(60'000));
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, kIss + 1);
  EXPECT_EQ(sent[0].text.size(), kMss);
}
// After a long time of probing, a lost segment is not waited for as long as the last probe was.
TEST_P(Windows, TheProbesPatienceEndsWithThem) {
  PeerSetup setup;
  setup.script = [](ScriptedService& s) { s.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(ack().win(0));
  peer.calls([](Connection& c) { c.send(std::string(5000, 'y')); });
  for (int i = 0; i < 200; ++i) {
    peer.advance(1s);
    if (!peer.takes_all().empty()) peer.sends(ack().ack(kIss + 1).win(0));
  }
  peer.sends(ack().ack(kIss + 1).win(60'000));
  EXPECT_FALSE(peer.takes_all().empty());
  peer.advance(4s);
  EXPECT_FALSE(peer.takes_all().empty()) << "RFC 6298: the RTO is that of the path";
}

// Row 98: five segments in any of 120 orders.
TEST_P(Order, AnyOfFiveSegmentsIsDeliveredOnceAndInOrder) {
  PeerSetup setup;
  setup.syn = syn().mss(1400).sack_ok();
  const std::string text = pattern(0, 5 * 300);
  std::array<unsigned, 5> order;
  std::iota(order.begin(), order.end(), 0U);
  do {
    Peer peer = Peer::established(family(), setup);
    for (const unsigned i : order) {
      peer.sends(test::data(text.substr(i * 300, 300)).seq(kIrs + 1 + i * 300));
    }
    EXPECT_EQ(peer.service().text, text);
    peer.advance(50ms);
    const auto sent = peer.takes_all();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.back().ack, kIrs + 1 + 1500);
    EXPECT_EQ(sent.back().options.sack_count, 0);
    EXPECT_EQ(peer.stack().counters().delivered.get(), 5U);
  } while (std::next_permutation(order.begin(), order.end()) && !HasFailure());
}
// Row 101: behind a gap, and filling it, is acknowledged at once. Row 133: the newest block first.
TEST_P(Order, GapsAreReportedNewestFirst) {
  PeerSetup setup;
  setup.syn = syn().mss(1400).sack_ok();
  Peer peer = Peer::established(family(), std::move(setup));
  const std::uint32_t at = kIrs + 1;
  peer.sends(bytes(100).seq(at + 100));
  peer.expects(ack().ack(at).sack({{at + 100, at + 200}}));
  peer.sends(bytes(100).seq(at + 500));
  peer.expects(ack().ack(at).sack({{at + 500, at + 600}, {at + 100, at + 200}}));
  peer.sends(bytes(100).seq(at + 300));
  peer.expects(
      ack().ack(at).sack({{at + 300, at + 400}, {at + 500, at + 600}, {at + 100, at + 200}}));
  peer.sends(bytes(100).seq(at + 200));  // joins two
  peer.expects(ack().ack(at).sack({{at + 100, at + 400}, {at + 500, at + 600}}));
  peer.sends(bytes(100).seq(at));
  peer.expects(ack().ack(at + 400).sack({{at + 500, at + 600}}));
  EXPECT_EQ(peer.service().text.size(), 400U);
}
// Row 133: three blocks with timestamps.
TEST_P(Order, ThreeBlocksFitBesideTimestamps) {
  PeerSetup setup;
  setup.syn = syn().mss(1400).sack_ok().ts(7'000'000, 0);
  Peer peer = Peer::established(family(), std::move(setup));
  for (std::uint32_t i = 0; i < 6; ++i) peer.sends(bytes(10).seq(kIrs + 101 + 100 * i));
  EXPECT_EQ(peer.takes_all().back().options.sack_count, 3);
}
// Row 97: where text arrives twice, the first bytes win, in order and out of it.
TEST_P(Order, TheFirstBytesWin) {
  Peer peer = Peer::established(family());
  const std::uint32_t at = kIrs + 1;
  peer.sends(data("BBBB").seq(at + 4));
  peer.sends(data("xxxxxxxx").seq(at + 2));
  peer.sends(data("yyyyCCCC").seq(at + 4));
  peer.sends(data("AAAAzzzzzzzz").seq(at));
  peer.sends(data("wwwwwwwwwwwwDD").seq(at));
  const std::string& text = peer.service().text;
  ASSERT_GE(text.size(), 12U);
  EXPECT_EQ(text.substr(4, 4), "BBBB");
  EXPECT_EQ(text.substr(8, 4), "CCCC");
  EXPECT_TRUE(text.starts_with("AAAA") || text.starts_with("AAxx")) << text;
  peer.takes_all();
}
// Row 56, 135 apart: old text is acknowledged and never delivered twice.
TEST_P(Order, OldTextIsAcknowledgedAndNotDelivered) {
  Peer peer = Peer::established(family());
  peer.sends(data("once"));
  peer.advance(50ms);
  peer.takes_all();
  for (int i = 0; i < 3; ++i) {
    peer.sends(data("once").seq(kIrs + 1));
    peer.expects(ack().ack(kIrs + 5));
  }
  EXPECT_EQ(peer.service().text, "once");
}

TEST_P(Listing, SaysWhatTheConnectionIs) {
  PeerSetup setup;
  setup.syn = syn().mss(1200).ws(5).sack_ok().ts(7'000'000, 0);
  setup.script = [](ScriptedService& s) { s.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("hello"));
  peer.advance(1500ms);
  peer.takes_all();
  peer.calls([](Connection& c) { c.send(std::string(3000, 'y')); });
  // Two full segments; then the tail loss probe, which does not wait for Nagle.
  std::uint32_t sent = 0;
  for (const Sent& s : peer.takes_all()) sent += static_cast<std::uint32_t>(s.text.size());
  FlowEntry f = peer.flow();
  EXPECT_EQ(f.state, State::established);
  EXPECT_EQ(f.local, our_address(family()));
  EXPECT_EQ(f.local_port, kScriptPort);
  EXPECT_EQ(f.service, 4);
  EXPECT_GE(f.age_ms, 1500U);
  EXPECT_LE(f.age_ms, 1600U);
  EXPECT_EQ(f.rx_bytes, 5U);
  EXPECT_EQ(f.tx_bytes, 0U);
  EXPECT_EQ(f.mss, 1200);
  EXPECT_TRUE(f.timestamps && f.sack && f.window_scale);
  EXPECT_EQ(f.snd_wnd, 0xffffU << 5);
  EXPECT_EQ(f.queued, 3000U);
  EXPECT_EQ(f.inflight, sent);
  EXPECT_EQ(f.cwnd, 10U * 1188);
  peer.advance(30ms);
  peer.sends(ack());
  f = peer.flow();
  EXPECT_EQ(f.tx_bytes, sent);
  // RFC 6298 (2.3): an eighth of 30 ms on top of the handshake's almost nothing.
  EXPECT_GT(f.srtt_us, 3000U);
  EXPECT_LT(f.srtt_us, 6000U);
  peer.takes_all();
}

}  // namespace
}  // namespace weir::test
