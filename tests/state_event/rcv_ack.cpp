// An ACK arrives: RFC 9293 §3.10.7.4, fifth, with RFC 5961 §5.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvAck = BothFamilies;
WEIR_BOTH_FAMILIES(RcvAck);

// Row 47: RST with SEG.ACK as its number and no ACK bit.
TEST_P(RcvAck, InClosedIsReset) {
  Peer peer(family(), closed_port());
  peer.sends(ack().ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
}
// Row 50.
TEST_P(RcvAck, InListenIsReset) {
  Peer peer(family());
  peer.sends(ack().ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
  EXPECT_EQ(peer.stack().refused(Drop::tcp_no_connection), 1U);
}
// Row 52.
TEST_P(RcvAck, InListenWithNoFlagsAtAllIsDropped) {
  Peer peer(family());
  peer.sends(flags(0));
  peer.sends(flags(kFin));
  peer.sends(flags(kPsh | kUrg));
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_bad_flags), 3U);
}

TEST_P(RcvAck, InSynReceivedOpens) {
  Peer peer = Peer::established(family());
  EXPECT_EQ(peer.service().opened, 1);
  EXPECT_EQ(peer.stack().counters().services[4].accepted.get(), 1U);
}
// Row 71.
TEST_P(RcvAck, InSynReceivedOfAnythingElseIsReset) {
  for (const std::uint32_t bad : {kIss, kIss + 2, kIss - 1, kIss + kFar}) {
    Peer peer = Peer::after_syn(family());
    peer.sends(ack().ack(bad));
    peer.expects(rst().seq(bad));
    EXPECT_EQ(peer.state(), State::syn_received);
    EXPECT_EQ(peer.service().opened, 0);
    peer.sends(ack().ack(kIss + 1));
    EXPECT_EQ(peer.state(), State::established);
  }
}

// Row 94: without the bit the segment is dropped, whatever it holds.
TEST_P(RcvAck, WithoutTheBitIsDropped) {
  Peer peer = Peer::established(family());
  peer.sends(flags(kPsh).text("x").seq(kIrs + 1));
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_no_ack), 1U);
  EXPECT_EQ(peer.service().text, "");
}

// Row 91, MAY-12: outside [SND.UNA - MAX.SND.WND, SND.NXT] is challenged, its text dropped.
void checks_range(Peer peer, std::uint32_t snd_nxt, std::uint32_t rcv_nxt) {
  const State before = peer.state();
  peer.sends(data("evil").seq(rcv_nxt).ack(snd_nxt + 1));
  peer.expects(ack().seq(snd_nxt).ack(rcv_nxt));
  peer.stack().set_time(peer.stack().now() + 150ms);
  peer.takes_all();
  peer.stack().set_time(peer.stack().now() + 450ms);
  peer.takes_all();
  peer.sends(data("evil").seq(rcv_nxt).ack(snd_nxt - kFar));
  peer.expects(ack().ack(rcv_nxt));
  EXPECT_EQ(peer.service().text, "");
  EXPECT_EQ(peer.state(), before);
  EXPECT_EQ(peer.stack().refused(Drop::tcp_bad_ack), 2U);
}
TEST_P(RcvAck, InEstablishedOutsideTheRangeIsChallenged) {
  checks_range(Peer::established(family()), kIss + 1, kIrs + 1);
}
TEST_P(RcvAck, InFinWait1OutsideTheRangeIsChallenged) {
  Peer peer = Peer::fin_wait_1(family());
  peer.sends(data("evil").seq(kIrs + 1).ack(kIss + 3));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 1));
  EXPECT_EQ(peer.service().text, "");
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
TEST_P(RcvAck, InFinWait2OutsideTheRangeIsChallenged) {
  checks_range(Peer::fin_wait_2(family()), kIss + 2, kIrs + 1);
}
TEST_P(RcvAck, InCloseWaitOutsideTheRangeIsChallenged) {
  Peer peer = Peer::close_wait(family());
  peer.sends(ack().ack(kIss + 2));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 2));
}

TEST_P(RcvAck, InEstablishedOfAllIsQuiet) {
  Peer peer = Peer::established(family());
  for (int i = 0; i < 5; ++i) peer.sends(ack());
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().counters().consumed.get(), 6U);
}
TEST_P(RcvAck, InFinWait1OfOurFinLeadsToFinWait2) {
  Peer peer = Peer::fin_wait_2(family());
  EXPECT_EQ(peer.stack().pipeline().memory().cold_objects, 0U);
}
TEST_P(RcvAck, InFinWait1NotOfOurFinChangesNothing) {
  Peer peer = Peer::fin_wait_1(family());
  peer.sends(ack().ack(kIss + 1));
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
TEST_P(RcvAck, InFinWait2IsQuiet) {
  Peer peer = Peer::fin_wait_2(family());
  peer.sends(ack());
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::fin_wait_2);
}
TEST_P(RcvAck, InCloseWaitIsQuiet) {
  Peer peer = Peer::close_wait(family());
  peer.sends(ack());
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::close_wait);
}
// Row 151.
TEST_P(RcvAck, InClosingOfOurFinLeadsToTimeWait) {
  Peer peer = Peer::closing(family());
  peer.sends(ack().ack(kIss + 1));
  EXPECT_EQ(peer.state(), State::closing);
  peer.sends(ack().ack(kIss + 2));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::time_wait);
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}
TEST_P(RcvAck, InLastAckOfOurFinLeadsToClosed) {
  Peer peer = Peer::last_ack(family());
  peer.sends(ack().ack(kIss + 1));
  EXPECT_EQ(peer.state(), State::last_ack);
  peer.sends(ack().ack(kIss + 2));
  peer.expects_nothing();
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}
TEST_P(RcvAck, InTimeWaitIsQuiet) {
  Peer peer = Peer::time_wait(family());
  peer.sends(ack());
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::time_wait);
}

}  // namespace
}  // namespace weir::test
