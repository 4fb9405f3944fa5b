// A SYN arrives.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvSyn = BothFamilies;
WEIR_BOTH_FAMILIES(RcvSyn);

// RFC 9293 §3.10.7.1; row 46: SEG.LEN counts the SYN and the text.
TEST_P(RcvSyn, InClosedIsResetWithAnAck) {
  Peer peer(family(), closed_port());
  peer.sends(syn().text("abc"));
  const Sent s = peer.expects(rst_ack().ack(kIrs + 4));
  EXPECT_EQ(s.seq - kIss + peer.iss_on_wire(), 0U);
  EXPECT_EQ(peer.stack().refused(Drop::tcp_no_listener), 1U);
}

// Rows 45, 61: MSS from our MTU. Row 70: nothing that was not offered.
TEST_P(RcvSyn, InListenIsAnsweredWithTheSynAck) {
  Peer peer = Peer::after_syn(family());
  EXPECT_EQ(peer.state(), State::syn_received);
  peer.expects_nothing();
}

TEST_P(RcvSyn, InListenOffersOurMssAndNothingUnasked) {
  Peer peer(family());
  peer.sends(syn());
  const Sent s = peer.expects(syn_ack().mss(family() == Family::v4 ? 1460 : 1440));
  EXPECT_FALSE(s.options.has_timestamps || s.options.has_window_scale || s.options.sack_permitted);
  EXPECT_EQ(s.options.encoded_size(), 4U);
}

TEST_P(RcvSyn, InListenTakesUpWhatWasOffered) {
  Peer peer(family());
  peer.sends(syn().mss(1460).ws(3).sack_ok().ts(77, 0));
  const Sent s = peer.expects(syn_ack().ts(0, 77));
  EXPECT_TRUE(s.options.has_timestamps && s.options.has_window_scale && s.options.sack_permitted);
}

// Row 54.
TEST_P(RcvSyn, InListenWithAFinIsDropped) {
  Peer peer(family());
  peer.sends(syn().with(kFin));
  peer.expects_nothing();
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_bad_flags), 1U);
}

// Row 53: the RST is checked first.
TEST_P(RcvSyn, InListenWithAnRstIsIgnored) {
  Peer peer(family());
  peer.sends(syn().with(kRst));
  peer.expects_nothing();
  EXPECT_TRUE(peer.gone());
}

// Row 69: text on the SYN is delivered once.
TEST_P(RcvSyn, InListenWithTextDeliversItOnce) {
  Peer peer(family());
  peer.sends(syn().seq(kIrs).text("hello"));
  const Sent s = peer.expects(syn_ack());
  ASSERT_GE(s.ack, kIrs + 1);
  peer.sends(ack().seq(s.ack).text(std::string("hello").substr(s.ack - kIrs - 1)));
  EXPECT_EQ(peer.service().text, "hello");
}

// Row 72.
TEST_P(RcvSyn, InSynReceivedRepeatsTheSynAck) {
  Peer peer = Peer::after_syn(family());
  peer.sends(syn().seq(kIrs).mss(1460));
  peer.expects(syn_ack().seq(kIss).ack(kIrs + 1));
  EXPECT_EQ(peer.stack().counters().services[4].half_open.get(), 1U);
}

// RFC 5961 §4.2: "regardless of the sequence number", so too for another SYN of the same tuple.
TEST_P(RcvSyn, InSynReceivedWithAnotherNumberIsChallenged) {
  Peer peer = Peer::after_syn(family());
  peer.sends(syn().seq(kIrs + 5000));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::syn_received);
  // The client that has restarted answers the challenge, and may begin again.
  peer.sends(rst().seq(kIrs + 1));
  EXPECT_TRUE(peer.gone());
  peer.sends(syn().seq(kIrs + 5000));
  peer.expects(syn_ack().ack(kIrs + 5001));
}

// Row 90. In the window and out of it alike.
void is_challenged(Peer peer, std::uint32_t snd_nxt, std::uint32_t rcv_nxt) {
  const State before = peer.state();
  for (const std::uint32_t seq : {rcv_nxt, rcv_nxt + 100, rcv_nxt - 100, rcv_nxt + kFar}) {
    peer.sends(syn().seq(seq));
    peer.expects(ack().seq(snd_nxt).ack(rcv_nxt));
    EXPECT_EQ(peer.state(), before);
    peer.stack().set_time(peer.stack().now() + 600ms);  // RFC 5961 §7: spaced
  }
  EXPECT_EQ(peer.stack().refused(Drop::tcp_syn_challenged), 4U);
}
TEST_P(RcvSyn, InEstablishedIsChallenged) {
  is_challenged(Peer::established(family()), kIss + 1, kIrs + 1);
}
TEST_P(RcvSyn, InFinWait1IsChallenged) {
  Peer peer = Peer::fin_wait_1(family());
  peer.sends(syn().seq(kIrs + 1));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
TEST_P(RcvSyn, InFinWait2IsChallenged) {
  is_challenged(Peer::fin_wait_2(family()), kIss + 2, kIrs + 1);
}
TEST_P(RcvSyn, InCloseWaitIsChallenged) {
  is_challenged(Peer::close_wait(family()), kIss + 1, kIrs + 2);
}
TEST_P(RcvSyn, InClosingIsChallenged) {
  Peer peer = Peer::closing(family());
  peer.sends(syn().seq(kIrs + 2));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::closing);
}
TEST_P(RcvSyn, InLastAckIsChallenged) {
  Peer peer = Peer::last_ack(family());
  peer.sends(syn().seq(kIrs + 2));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::last_ack);
}

// Row 156, RFC 9293 MAY-2: a larger number reopens, and the new ISN lies above the old numbers.
TEST_P(RcvSyn, InTimeWaitReopensWhenItsNumberIsLarger) {
  Peer peer = Peer::time_wait(family());
  const std::uint32_t before = peer.iss_on_wire() + 2;
  peer.sends(syn().seq(kIrs + 1000));
  const Sent s = peer.expects(syn_ack().ack(kIrs + 1001));
  EXPECT_GT(static_cast<std::int32_t>(peer.iss_on_wire() - before), 0);
  EXPECT_EQ(s.seq, kIss);
  EXPECT_EQ(peer.state(), State::syn_received);
  peer.sends(ack().seq(kIrs + 1001).ack(kIss + 1));
  EXPECT_EQ(peer.service().opened, 2);
  EXPECT_EQ(peer.stack().mib(Mib::TcpReopened), 1U);
}

// RFC 6191 §2: with timestamps a later one suffices, whatever the number.
TEST_P(RcvSyn, InTimeWaitReopensWhenItsTimestampIsLater) {
  Peer peer = Peer::time_wait(family(), with_options());
  peer.sends(syn().seq(kIrs - 5000).ts(peer.ts_now() + 10, 0));
  peer.expects(syn_ack().ack(kIrs - 4999));
}

// Row 157.
TEST_P(RcvSyn, InTimeWaitIsAcknowledgedWhenItIsOld) {
  Peer peer = Peer::time_wait(family());
  peer.sends(syn().seq(kIrs));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::time_wait);
}
TEST_P(RcvSyn, InTimeWaitIsAcknowledgedWhenItsTimestampIsOld) {
  Peer peer = Peer::time_wait(family(), with_options());
  peer.sends(syn().seq(kIrs + 1000).ts(peer.ts_now() - 10'000, 0));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::time_wait);
}

}  // namespace
}  // namespace weir::test
