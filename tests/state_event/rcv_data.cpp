// Text arrives in order: RFC 9293 §3.10.7.4, seventh, and when it is acknowledged.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvData = BothFamilies;
WEIR_BOTH_FAMILIES(RcvData);

TEST_P(RcvData, InClosedIsReset) {
  Peer peer(family(), closed_port());
  peer.sends(data("abc").ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
  peer.sends(flags(kPsh).seq(kIrs).text("abc"));
  peer.expects(rst_ack().ack(kIrs + 3));
}
TEST_P(RcvData, InListenIsReset) {
  Peer peer(family());
  peer.sends(data("abc").ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
}
// Row 76: the ACK of the SYN-ACK may ride on text.
TEST_P(RcvData, InSynReceivedOpensAndIsDelivered) {
  Peer peer = Peer::after_syn(family());
  peer.sends(data("hello"));
  EXPECT_EQ(peer.state(), State::established);
  EXPECT_EQ(peer.service().text, "hello");
}
// Row 100: not at once, but within the delay; well below the 0.5 s of MUST-40.
TEST_P(RcvData, InEstablishedIsAcknowledgedWithinTheDelay) {
  Peer peer = Peer::established(family());
  peer.sends(data("hello"));
  peer.expects_nothing();
  peer.advance(39ms);
  peer.expects_nothing();
  peer.advance(2ms);
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 6));
  EXPECT_EQ(peer.stack().mib(Mib::TcpDelayedAcks), 1U);
  EXPECT_EQ(peer.service().text, "hello");
  peer.advance(1s);
  peer.expects_nothing();
}
TEST_P(RcvData, InEstablishedIsAcknowledgedAtOnceIfThereIsNoDelay) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.delayed_ack_ms = 0; };
  Peer peer = Peer::established(family(), std::move(setup));
  for (std::uint32_t i = 1; i <= 3; ++i) {
    peer.sends(data("hello"));
    peer.expects(ack().seq(kIss + 1).ack(kIrs + 1 + 5 * i));
    peer.expects_nothing();
  }
  peer.advance(1s);
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().mib(Mib::TcpDelayedAcks), 0U);
}
// SHLD-19.
TEST_P(RcvData, InEstablishedEverySecondIsAcknowledgedAtOnce) {
  Peer peer = Peer::established(family());
  for (std::uint32_t i = 1; i <= 3; ++i) {
    peer.sends(bytes(1000));
    peer.expects_nothing();
    peer.sends(bytes(1000));
    peer.expects(ack().ack(kIrs + 1 + 2000 * i));
    peer.expects_nothing();
  }
}
// Row 99, MUST-58/59: a burst is processed before it is acknowledged.
TEST_P(RcvData, InEstablishedABurstIsAcknowledgedOnce) {
  Peer peer = Peer::established(family());
  std::vector<Seg> burst(40, bytes(1000));
  peer.sends_burst(burst);
  EXPECT_LE(peer.stack().sent().size(), 20U);
  const auto all = peer.takes_all();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back().ack, kIrs + 1 + 40'000);
}
// Each flow of a burst is acknowledged once, whatever the order in which their segments stand.
TEST_P(RcvData, InEstablishedInterleavedFlowsAreAcknowledgedOnceEach) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.delayed_ack_ms = 0; };
  Peer one = Peer::established(family(), setup);
  setup.shared = one.shared();
  setup.source_port = 40001;
  Peer two = Peer::established(family(), setup);
  std::vector<Octets> burst;
  for (int i = 0; i < 3; ++i) {
    burst.push_back(one.frame_of(data("one")));
    burst.push_back(two.frame_of(data("three")));
  }
  one.stack().receive_burst(burst);
  ASSERT_EQ(one.stack().sent().size(), 2U);
  // In the frame of the last segment: the flows' order is that of their last segments.
  one.expects(ack().ack(kIrs + 1 + 9));
  two.expects(ack().ack(kIrs + 1 + 15));
  EXPECT_EQ(one.service().text, "onethreeonethreeonethree");
}
// What a burst's earlier segments do to a flow is known to its later ones, which were looked up
// before.
TEST_P(RcvData, InABurstAfterRstMeetsNoConnection) {
  Peer peer = Peer::established(family());
  peer.sends_burst({rst().seq(kIrs + 1), data("late").seq(kIrs + 1).ack(kIss + 1)});
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().text, "");
  EXPECT_EQ(peer.stack().refused(Drop::tcp_no_connection), 1U);
  peer.expects(rst().seq(kIss + 1));
}
TEST_P(RcvData, InABurstAfterRstAndSynMeetsTheNewConnection) {
  Peer peer = Peer::established(family());
  peer.sends_burst({rst().seq(kIrs + 1), syn().seq(kIrs + 500).mss(1400)});
  ASSERT_EQ(peer.stack().sent().size(), 1U);
  EXPECT_EQ(peer.stack().sent().front().flags, kSyn | kAck);
  EXPECT_EQ(peer.state(), State::syn_received);
}
// Rows 96, 85: what was received before is cut off, or acknowledged again if nothing is left.
TEST_P(RcvData, InEstablishedHalfOldIsTrimmed) {
  Peer peer = Peer::established(family());
  peer.sends(data("hello"));
  peer.sends(data("lo, world").seq(kIrs + 4));
  EXPECT_EQ(peer.service().text, "hello, world");
  peer.expects(ack().ack(kIrs + 13));
  peer.sends(data("hello").seq(kIrs + 1));
  peer.expects(ack().ack(kIrs + 13));
  EXPECT_EQ(peer.service().text, "hello, world");
  EXPECT_EQ(peer.stack().refused(Drop::tcp_out_of_window), 1U);
}
// Row 96, the right edge.
TEST_P(RcvData, InEstablishedBeyondTheWindowIsTrimmed) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.receive_buffer = 2000; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.service().at_text = [](Connection&, Text&) { return std::size_t{0}; };
  peer.sends(bytes(1400, 'a'));
  peer.sends(bytes(1400, 'b'));
  const auto all = peer.takes_all();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back().ack, kIrs + 1 + 2000);
  EXPECT_EQ(all.back().window, 0);
  EXPECT_EQ(peer.flow().unread, 2000U);
}
// Row 58: unknown options in any segment. Row 102: any urgent pointer. Row 104: reserved bits.
TEST_P(RcvData, InEstablishedOddHeadersDoNoHarm) {
  Peer peer = Peer::established(family());
  peer.sends(data("a").options({253, 6, 1, 2, 3, 4}));
  peer.sends(data("b").options({1, 1, 2, 4, 5, 0xb4, 0}));
  peer.sends(data("c").options({8, 0, 1, 1}));
  peer.sends(data("d").options({5, 200, 1, 1}));
  peer.sends(data("e").urgent(0));
  peer.sends(data("f").urgent(1));
  peer.sends(data("g").urgent(0xffff));
  peer.sends(data("h").reserved(0xf));
  peer.sends(data("i").with(kEce | kCwr));
  EXPECT_EQ(peer.service().text, "abcdefghi");
}
// Row 55.
TEST_P(RcvData, InEstablishedWithABadChecksumIsSilentlyDropped) {
  Peer peer = Peer::established(family());
  peer.sends(data("x").seq(kIrs + 1).bad_checksum());
  peer.advance(1s);
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_bad_checksum), 1U);
}
// Row 139.
TEST_P(RcvData, InEstablishedWithoutTheTimestampIsDropped) {
  Peer peer = Peer::established(family(), with_options());
  peer.sends(data("x").seq(kIrs + 1).no_ts());
  peer.advance(1s);
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_no_timestamp), 1U);
}
// Row 141.
TEST_P(RcvData, InEstablishedWithAnOldTimestampIsAcknowledgedAndDropped) {
  Peer peer = Peer::established(family(), with_options());
  peer.sends(data("x").seq(kIrs + 1).ts(6'000'000, peer.ts_recent()));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.service().text, "");
  EXPECT_EQ(peer.stack().refused(Drop::tcp_paws), 1U);
}
// Row 140, RFC 7323 §4.3: TS.Recent follows the segment that covers Last.ACK.sent, not a later one
// beyond a gap, nor an old one.
TEST_P(RcvData, InEstablishedTsRecentIsThatOfTheEdge) {
  Peer peer = Peer::established(family(), with_options());
  const std::uint32_t now = peer.ts_now();
  peer.sends(data("b").seq(kIrs + 2).ts(now + 500, peer.ts_recent()));
  const Sent gap = peer.expects(ack().ack(kIrs + 1));
  EXPECT_LT(gap.options.ts_echo, now + 500);
  peer.sends(data("a").seq(kIrs + 1).ts(now + 200, peer.ts_recent()));
  const Sent filled = peer.expects(ack().ack(kIrs + 3));
  EXPECT_EQ(filled.options.ts_echo, now + 200);
}
// Half closed: the peer's text still arrives.
TEST_P(RcvData, InFinWait1IsDelivered) {
  Peer peer = Peer::fin_wait_1(family());
  peer.sends(data("hello").ack(kIss + 1));
  EXPECT_EQ(peer.service().text, "hello");
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
TEST_P(RcvData, InFinWait2IsDelivered) {
  Peer peer = Peer::fin_wait_2(family());
  peer.sends(data("hello"));
  EXPECT_EQ(peer.service().text, "hello");
  peer.advance(50ms);
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 6));
}
// What the service did not take when TIME-WAIT began waits for it (lingering.cpp), but not for
// ever.
TEST_P(RcvData, InFinWait2WithAFinAndNobodyToReadItHoldsNothingInTheEnd) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) {
    for (ServiceLimits& service : s.services) service.tcp.idle_ms = 5000;
  };
  Peer peer = Peer::fin_wait_2(family(), std::move(setup));
  peer.service().at_text = [](Connection&, Text&) { return std::size_t{0}; };
  peer.sends(fin().bytes(1000));
  peer.expects(ack().ack(kIrs + 1002));
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.advance(61s);
  EXPECT_EQ(peer.stack().pipeline().memory().cold_objects, 0U);
  EXPECT_EQ(peer.stack().pool().in_use(), 0U);
}
// "This should not occur ... ignore the segment text."
void is_ignored(Peer peer, std::uint32_t snd_nxt) {
  const State before = peer.state();
  peer.sends(data("beyond the FIN").seq(kIrs + 2).ack(kIss + 1));
  EXPECT_EQ(peer.service().text, "");
  EXPECT_EQ(peer.state(), before);
  for (const Sent& s : peer.takes_all()) {
    EXPECT_EQ(s.seq, snd_nxt);
    EXPECT_EQ(s.ack, kIrs + 2);
    EXPECT_EQ(s.text, "");
  }
}
TEST_P(RcvData, InCloseWaitIsIgnored) { is_ignored(Peer::close_wait(family()), kIss + 1); }
TEST_P(RcvData, InClosingIsIgnored) { is_ignored(Peer::closing(family()), kIss + 2); }
TEST_P(RcvData, InLastAckIsIgnored) { is_ignored(Peer::last_ack(family()), kIss + 2); }
TEST_P(RcvData, InTimeWaitIsIgnored) { is_ignored(Peer::time_wait(family()), kIss + 2); }

}  // namespace
}  // namespace weir::test
