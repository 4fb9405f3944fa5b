// An RST arrives: RFC 9293 §3.10.7 with RFC 5961 §3.2 and RFC 1337.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvRst = BothFamilies;
WEIR_BOTH_FAMILIES(RcvRst);

// Row 48.
TEST_P(RcvRst, InClosedIsSilent) {
  Peer peer(family(), closed_port());
  peer.sends(rst());
  peer.sends(rst_ack());
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_stray_reset), 2U);
}
// Row 49.
TEST_P(RcvRst, InListenIsSilent) {
  Peer peer(family());
  peer.sends(rst());
  peer.sends(rst_ack());
  peer.expects_nothing();
}

// Row 73, MUST-11: back to LISTEN, and the service hears nothing.
TEST_P(RcvRst, InSynReceivedReturnsToListen) {
  Peer peer = Peer::after_syn(family());
  peer.sends(rst());
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().opened, 0);
  EXPECT_TRUE(peer.service().ends.empty());
  peer.advance(10s);
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().mib(Mib::TcpAttemptFails), 1U);
  peer.sends(syn().seq(kIrs + 10'000));
  peer.expects(syn_ack().ack(kIrs + 10'001));
}
// Row 74.
TEST_P(RcvRst, InSynReceivedInexactIsChallenged) {
  Peer peer = Peer::after_syn(family());
  peer.sends(rst().seq(kIrs + 2));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::syn_received);
}

// Rows 87, 88, 89: exact resets, inexact in the window is challenged, outside is silent.
void obeys_rfc_5961(const std::function<Peer()>& make, std::uint32_t rcv_nxt, std::uint32_t snd_nxt,
                    bool service_knows) {
  Peer peer = make();
  const State before = peer.state();
  peer.sends(rst().seq(rcv_nxt - 1));
  peer.sends(rst().seq(rcv_nxt + kFar));
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_reset_out_of_window), 2U);
  peer.sends(rst().seq(rcv_nxt + 1));
  peer.expects(ack().seq(snd_nxt).ack(rcv_nxt));
  EXPECT_EQ(peer.stack().refused(Drop::tcp_reset_challenged), 1U);
  EXPECT_EQ(peer.state(), before);
  EXPECT_TRUE(peer.service().ends.empty());
  peer.sends(rst().seq(rcv_nxt));
  peer.expects_nothing();
  EXPECT_TRUE(peer.gone());
  // Row 106: once.
  const std::vector<EndReason> expected(service_knows ? 1 : 0, EndReason::reset);
  EXPECT_EQ(peer.service().ends, expected);
  peer.advance(5min);
  peer.expects_nothing();
}
TEST_P(RcvRst, InEstablishedObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::established(family()); }, kIrs + 1, kIss + 1, true);
}
TEST_P(RcvRst, InFinWait1ObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::fin_wait_1(family()); }, kIrs + 1, kIss + 2, true);
}
TEST_P(RcvRst, InFinWait2ObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::fin_wait_2(family()); }, kIrs + 1, kIss + 2, true);
}
TEST_P(RcvRst, InCloseWaitObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::close_wait(family()); }, kIrs + 2, kIss + 1, true);
}
TEST_P(RcvRst, InClosingObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::closing(family()); }, kIrs + 2, kIss + 2, true);
}
TEST_P(RcvRst, InLastAckObeysRfc5961) {
  obeys_rfc_5961([&] { return Peer::last_ack(family()); }, kIrs + 2, kIss + 2, true);
}

// Row 155, RFC 1337: TIME-WAIT is not assassinated, not even by an exact one.
TEST_P(RcvRst, InTimeWaitIsIgnored) {
  Peer peer = Peer::time_wait(family());
  for (const std::uint32_t seq : {kIrs + 2, kIrs + 3, kIrs + 1}) peer.sends(rst().seq(seq));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::time_wait);
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_time_wait), 3U);
}

// SHLD-2: text on an RST does not matter; PAWS never does (row 141).
TEST_P(RcvRst, InEstablishedWithTextAndAnOldTimestampResets) {
  Peer peer = Peer::established(family(), with_options());
  peer.sends(rst().text("because").ts(1, 0));
  EXPECT_TRUE(peer.gone());
}
// RFC 9293 §3.10.7.4, second: the RST's own number counts, not where its text ends.
TEST_P(RcvRst, InEstablishedOldWithTextThatReachesTheWindowIsSilent) {
  Peer peer = Peer::established(family());
  peer.sends(rst().seq(kIrs - 4).text("0123456789"));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::established);
}
// Text that waited behind a gap ends with its connection, and the counters still add up.
TEST_P(RcvRst, InEstablishedEndsTextBehindAGap) {
  Peer peer = Peer::established(family());
  peer.sends(data("later").seq(kIrs + 100));
  peer.expects(ack().ack(kIrs + 1));
  EXPECT_EQ(peer.stack().counters().held.get(), 1U);
  peer.sends(rst().seq(kIrs + 1));
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_flow_ended), 1U);
  EXPECT_EQ(peer.stack().counters().held.get(), 0U);
}

}  // namespace
}  // namespace weir::test
