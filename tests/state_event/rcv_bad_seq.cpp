// A segment outside the receive window arrives: RFC 9293 §3.10.7.4, first.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvBadSeq = BothFamilies;
WEIR_BOTH_FAMILIES(RcvBadSeq);

// Row 85: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, and the segment is dropped: neither its text nor its
// ACK count.
void is_acknowledged(const std::function<Peer()>& make, std::uint32_t rcv_nxt,
                     std::uint32_t snd_nxt) {
  for (const std::uint32_t seq : {rcv_nxt - 100, rcv_nxt + kFar}) {
    for (const char* text : {"", "evil"}) {
      Peer peer = make();
      const State before = peer.state();
      peer.sends(data(text).seq(seq).ack(snd_nxt));
      peer.expects(ack().seq(snd_nxt).ack(rcv_nxt));
      peer.expects_nothing();
      EXPECT_EQ(peer.state(), before);
      EXPECT_EQ(peer.service().text, "");
      EXPECT_EQ(
          peer.stack().refused(Drop::tcp_out_of_window) + peer.stack().refused(Drop::tcp_time_wait),
          1U);
    }
  }
}

TEST_P(RcvBadSeq, InSynReceivedIsAcknowledged) {
  is_acknowledged([&] { return Peer::after_syn(family()); }, kIrs + 1, kIss + 1);
}
TEST_P(RcvBadSeq, InEstablishedIsAcknowledged) {
  is_acknowledged([&] { return Peer::established(family()); }, kIrs + 1, kIss + 1);
}
TEST_P(RcvBadSeq, InFinWait1IsAcknowledged) {
  is_acknowledged([&] { return Peer::fin_wait_1(family()); }, kIrs + 1, kIss + 2);
}
TEST_P(RcvBadSeq, InFinWait2IsAcknowledged) {
  is_acknowledged([&] { return Peer::fin_wait_2(family()); }, kIrs + 1, kIss + 2);
}
TEST_P(RcvBadSeq, InCloseWaitIsAcknowledged) {
  is_acknowledged([&] { return Peer::close_wait(family()); }, kIrs + 2, kIss + 1);
}
TEST_P(RcvBadSeq, InClosingIsAcknowledged) {
  is_acknowledged([&] { return Peer::closing(family()); }, kIrs + 2, kIss + 2);
}
TEST_P(RcvBadSeq, InLastAckIsAcknowledged) {
  is_acknowledged([&] { return Peer::last_ack(family()); }, kIrs + 2, kIss + 2);
}
TEST_P(RcvBadSeq, InTimeWaitIsAcknowledged) {
  is_acknowledged([&] { return Peer::time_wait(family()); }, kIrs + 2, kIss + 2);
}

// The edges of table 6, window not zero: rcv.nxt - 1 is out, the last octet of the window is in.
TEST_P(RcvBadSeq, TheWindowEndsWhereItEnds) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.receive_buffer = 10'000; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("x").seq(kIrs + 1 + 9999));
  peer.expects(ack().ack(kIrs + 1));
  EXPECT_EQ(peer.stack().counters().held.get(), 1U);
  peer.sends(data("x").seq(kIrs + 1 + 10'000));
  peer.expects(ack().ack(kIrs + 1));
  peer.sends(data("x").seq(kIrs));
  peer.expects(ack().ack(kIrs + 1));
  EXPECT_EQ(peer.stack().refused(Drop::tcp_out_of_window), 2U);
}

// Row 85, 95: at a closed window only an empty segment at rcv.nxt is acceptable, and a segment with
// text there still has its ACK, RST and URG processed.
Peer with_closed_window(Family f) {
  PeerSetup setup = polling();
  setup.tune = [](Snapshot& s) { s.tcp.receive_buffer = 1000; };
  Peer peer = Peer::established(f, std::move(setup));
  peer.service().at_text = [](Connection&, Text&) { return std::size_t{0}; };
  peer.sends(bytes(1000));
  peer.advance(50ms);
  const Sent s = peer.expects(ack().ack(kIrs + 1001));
  EXPECT_EQ(s.window, 0);
  return peer;
}
TEST_P(RcvBadSeq, AtAClosedWindowAProbeIsAnswered) {
  Peer peer = with_closed_window(family());
  for (int i = 0; i < 10; ++i) {
    peer.sends(data("p").seq(kIrs + 1001));
    peer.expects(ack().ack(kIrs + 1001).win(0));
    peer.advance(100ms);
  }
  EXPECT_EQ(peer.stack().refused(Drop::tcp_receive_full), 10U);
}
TEST_P(RcvBadSeq, AtAClosedWindowTheAckOfAProbeCounts) {
  Peer peer = with_closed_window(family());
  peer.calls([](Connection& c) { c.send("answer"); });
  peer.expects(data("answer"));
  peer.sends(data("p").seq(kIrs + 1001).ack(kIss + 7));
  peer.expects(ack().seq(kIss + 7).ack(kIrs + 1001));
  EXPECT_EQ(peer.flow().queued, 0U);
}
TEST_P(RcvBadSeq, AtAClosedWindowAnExactRstResets) {
  Peer peer = with_closed_window(family());
  peer.sends(rst().seq(kIrs + 1001));
  EXPECT_TRUE(peer.gone());
}
TEST_P(RcvBadSeq, AtAClosedWindowAnRstWithTextResets) {
  Peer peer = with_closed_window(family());
  peer.sends(rst().seq(kIrs + 1001).text("bye"));
  EXPECT_TRUE(peer.gone());
}
TEST_P(RcvBadSeq, AtAClosedWindowOneOffIsOutside) {
  Peer peer = with_closed_window(family());
  peer.sends(rst().seq(kIrs + 1002));
  peer.sends(rst().seq(kIrs + 1000));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::established);
}

// Rows 92, 93: empty ones are throttled, a connection at a time.
TEST_P(RcvBadSeq, ChallengesAreThrottledForEachConnectionAlone) {
  Peer a = Peer::established(family());
  PeerSetup setup;
  setup.shared = a.shared();
  setup.source_port = 40001;
  Peer b = Peer::established(family(), std::move(setup));
  for (int i = 0; i < 1000; ++i) a.sends(rst().seq(kIrs + 2));
  EXPECT_EQ(a.takes_all().size(), 1U);
  EXPECT_EQ(a.stack().dropped(Drop::tcp_challenge_limited), 999U);
  b.sends(rst().seq(kIrs + 2));
  b.expects(ack().ack(kIrs + 1));
  a.advance(500ms);
  a.sends(rst().seq(kIrs + 2));
  a.expects(ack().ack(kIrs + 1));
}

}  // namespace
}  // namespace weir::test
