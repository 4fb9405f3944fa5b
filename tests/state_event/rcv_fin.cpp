// A FIN arrives: RFC 9293 §3.10.7.4, eighth.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvFin = BothFamilies;
WEIR_BOTH_FAMILIES(RcvFin);

TEST_P(RcvFin, InClosedIsReset) {
  Peer peer(family(), closed_port());
  peer.sends(fin().ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
}
TEST_P(RcvFin, InListenIsReset) {
  Peer peer(family());
  peer.sends(fin().ack(kIss + 300));
  peer.expects(rst().seq(kIss + 300));
}
TEST_P(RcvFin, InSynReceivedWithTheAckLeadsToCloseWait) {
  Peer peer = Peer::after_syn(family());
  peer.sends(fin());
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::close_wait);
  EXPECT_EQ(peer.service().opened, 1);
  EXPECT_EQ(peer.service().peer_closes, 1);
}
// Row 149.
TEST_P(RcvFin, InEstablishedLeadsToCloseWait) {
  Peer peer = Peer::close_wait(family());
  EXPECT_EQ(peer.service().peer_closes, 1);
  EXPECT_TRUE(peer.service().ends.empty());
}
TEST_P(RcvFin, InEstablishedWithTextIsTakenAfterTheText) {
  Peer peer = Peer::established(family());
  peer.service().at_peer_close = [&](Connection&) { EXPECT_EQ(peer.service().text, "bye"); };
  peer.sends(fin().text("bye"));
  peer.expects(ack().ack(kIrs + 5));
  EXPECT_EQ(peer.service().peer_closes, 1);
}
// Row 150.
TEST_P(RcvFin, InEstablishedBeyondAGapWaits) {
  Peer peer = Peer::established(family());
  peer.sends(fin().seq(kIrs + 4));
  peer.expects(ack().ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::established);
  EXPECT_EQ(peer.service().peer_closes, 0);
  peer.sends(data("abc").seq(kIrs + 1));
  EXPECT_EQ(peer.state(), State::close_wait);
  peer.expects(ack().ack(kIrs + 5));
  EXPECT_EQ(peer.service().text, "abc");
  EXPECT_EQ(peer.service().peer_closes, 1);
}
TEST_P(RcvFin, InEstablishedWithTextBeyondAGapWaits) {
  Peer peer = Peer::established(family());
  peer.sends(fin().seq(kIrs + 4).text("def"));
  peer.expects(ack().ack(kIrs + 1));
  peer.sends(data("abc").seq(kIrs + 1));
  peer.expects(ack().ack(kIrs + 8));
  EXPECT_EQ(peer.state(), State::close_wait);
  EXPECT_EQ(peer.service().text, "abcdef");
}
// A FIN in front of text that was there before is a lie; the connection must live on.
TEST_P(RcvFin, InEstablishedASecondFinElsewhereDoesNotStick) {
  Peer peer = Peer::established(family());
  peer.sends(fin().seq(kIrs + 3));
  peer.sends(data("abcdef").seq(kIrs + 1));
  EXPECT_EQ(peer.service().text, "abcdef");
  peer.takes_all();
  peer.advance(2s);
  EXPECT_EQ(peer.stack().pipeline().memory().cold_objects, 0U);
}
// The service has not read everything: the end is told after the text.
TEST_P(RcvFin, InEstablishedIsToldWhenTheTextIsRead) {
  Peer peer = Peer::after_syn(family(), polling());
  bool reads = false;
  peer.service().at_text = [&](Connection&, Text& t) { return reads ? t.bytes.size() : 0; };
  peer.sends(data("hello"));
  peer.sends(fin());
  EXPECT_EQ(peer.service().peer_closes, 0);
  reads = true;
  peer.calls([](Connection& c) { c.resume(); });
  EXPECT_EQ(peer.service().text, "hello");
  EXPECT_EQ(peer.service().peer_closes, 1);
}
// So that nobody takes the time of the call for the time of the text.
TEST_P(RcvFin, InEstablishedTextThatLayInTheQueueSaysSo) {
  Peer peer = Peer::after_syn(family(), polling());
  bool reads = false;
  peer.service().at_text = [&](Connection&, Text& t) { return reads ? t.bytes.size() : 0; };
  const std::string one(1000, '1'), two(1000, '2');  // too long to be kept together
  peer.sends(test::data(one));
  EXPECT_EQ(peer.service().waited, std::vector<bool>{false});
  peer.sends(test::data(two));
  reads = true;
  peer.service().waited.clear();
  peer.calls([](Connection& c) { c.resume(); });
  EXPECT_EQ(peer.service().text, one + two);
  EXPECT_EQ(peer.service().waited, (std::vector<bool>{true, true}));
  peer.sends(data("three"));
  EXPECT_FALSE(peer.service().waited.back());
}
// Row 151: figure 13.
TEST_P(RcvFin, InFinWait1LeadsToClosing) {
  Peer peer = Peer::closing(family());
  EXPECT_EQ(peer.service().peer_closes, 1);
}
TEST_P(RcvFin, InFinWait1WithTheAckOfOursLeadsToTimeWait) {
  Peer peer = Peer::fin_wait_1(family());
  peer.sends(fin().ack(kIss + 2));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::time_wait);
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}
TEST_P(RcvFin, InFinWait2LeadsToTimeWait) {
  Peer peer = Peer::time_wait(family());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}
TEST_P(RcvFin, InFinWait2WithTextDeliversIt) {
  Peer peer = Peer::fin_wait_2(family());
  peer.sends(fin().text("last words"));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 12));
  EXPECT_EQ(peer.service().text, "last words");
  EXPECT_EQ(peer.state(), State::time_wait);
}
// A repeated FIN is acknowledged again: ours was lost.
void is_acknowledged_again(Peer peer, std::uint32_t snd_nxt) {
  const State before = peer.state();
  peer.sends(fin().seq(kIrs + 1));
  peer.expects(ack().seq(snd_nxt).ack(kIrs + 2));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), before);
  EXPECT_EQ(peer.service().peer_closes, 1);
}
TEST_P(RcvFin, InCloseWaitIsAcknowledgedAgain) {
  is_acknowledged_again(Peer::close_wait(family()), kIss + 1);
}
TEST_P(RcvFin, InClosingIsAcknowledgedAgain) {
  is_acknowledged_again(Peer::closing(family()), kIss + 2);
}
TEST_P(RcvFin, InLastAckIsAcknowledgedAgain) {
  is_acknowledged_again(Peer::last_ack(family()), kIss + 2);
}
// Row 154: and 2 MSL begin anew.
TEST_P(RcvFin, InTimeWaitIsAcknowledgedAgainAndRestarts2Msl) {
  Peer peer = Peer::time_wait(family());
  peer.advance(50s);
  peer.sends(fin().seq(kIrs + 1));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  peer.advance(59s);
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.advance(2s);
  EXPECT_TRUE(peer.gone());
}

}  // namespace
}  // namespace weir::test
