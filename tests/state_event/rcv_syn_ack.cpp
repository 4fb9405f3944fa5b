// A SYN with an ACK arrives: what only a split handshake or a stranger sends to a server.
#include "state_event.hpp"

namespace weir::test {
namespace {

using RcvSynAck = BothFamilies;
WEIR_BOTH_FAMILIES(RcvSynAck);

// RFC 9293 §3.10.7.1: the ACK is on, so <SEQ=SEG.ACK><CTL=RST>, without an ACK bit.
TEST_P(RcvSynAck, InClosedIsReset) {
  Peer peer(family(), closed_port());
  peer.sends(syn_ack().ack(kIss + 77));
  peer.expects(rst().seq(kIss + 77));
}
// Row 51.
TEST_P(RcvSynAck, InListenIsReset) {
  Peer peer(family());
  peer.sends(syn_ack().ack(kIss + 77));
  peer.expects(rst().seq(kIss + 77));
  EXPECT_TRUE(peer.gone());
}

// In the window, so the SYN is what counts (RFC 5961 §4.2); never a role swap.
TEST_P(RcvSynAck, InSynReceivedIsChallenged) {
  Peer peer = Peer::after_syn(family());
  peer.sends(syn_ack().seq(kIrs + 1).ack(kIss + 1));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::syn_received);
}

void is_challenged(Peer peer, std::uint32_t snd_nxt, std::uint32_t rcv_nxt) {
  const State before = peer.state();
  peer.sends(syn_ack().seq(rcv_nxt).ack(snd_nxt));
  peer.expects(ack().seq(snd_nxt).ack(rcv_nxt));
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), before);
}
TEST_P(RcvSynAck, InEstablishedIsChallenged) {
  is_challenged(Peer::established(family()), kIss + 1, kIrs + 1);
}
TEST_P(RcvSynAck, InFinWait1IsChallengedAndItsAckDoesNotCount) {
  is_challenged(Peer::fin_wait_1(family()), kIss + 2, kIrs + 1);
}
TEST_P(RcvSynAck, InFinWait2IsChallenged) {
  is_challenged(Peer::fin_wait_2(family()), kIss + 2, kIrs + 1);
}
TEST_P(RcvSynAck, InCloseWaitIsChallenged) {
  is_challenged(Peer::close_wait(family()), kIss + 1, kIrs + 2);
}
TEST_P(RcvSynAck, InClosingIsChallenged) {
  is_challenged(Peer::closing(family()), kIss + 2, kIrs + 2);
}
TEST_P(RcvSynAck, InLastAckIsChallenged) {
  is_challenged(Peer::last_ack(family()), kIss + 2, kIrs + 2);
}
TEST_P(RcvSynAck, InTimeWaitIsAcknowledged) {
  is_challenged(Peer::time_wait(family()), kIss + 2, kIrs + 2);
}

}  // namespace
}  // namespace weir::test
