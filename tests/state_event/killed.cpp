// The operator ends a connection (weirctl flows kill): an RST as the service's abort sends it, and
// a reason of its own.
#include "state_event.hpp"

namespace weir::test {
namespace {

using Killed = BothFamilies;
WEIR_BOTH_FAMILIES(Killed);

EndedFlows end(Peer& peer, const std::vector<FlowEntry>& entries) {
  const EndedFlows done = peer.stack().pipeline().end_flows(entries, peer.stack().now());
  peer.stack().round();  // what it sent leaves
  return done;
}

void resets(Peer peer, std::uint32_t snd_nxt) {
  peer.takes_all();
  const EndedFlows done = end(peer, {peer.flow()});
  EXPECT_EQ(done.looked_at, 1U);
  EXPECT_EQ(done.ended, 1U);
  peer.expects(rst_ack().seq(snd_nxt));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.stack().mib(Mib::TcpKilled), 1U);
  peer.advance(2min);
  peer.expects_nothing();
}

TEST_P(Killed, InSynReceivedResets) { resets(Peer::after_syn(family()), kIss + 1); }
TEST_P(Killed, InEstablishedResetsAndTellsTheService) {
  Peer peer = Peer::established(family());
  auto stack = peer.shared();
  resets(std::move(peer), kIss + 1);
  EXPECT_EQ(stack->script().ends, std::vector{EndReason::killed});
  EXPECT_EQ(stack->mib(Mib::TcpEstabResets), 1U);
}
TEST_P(Killed, InFinWait1Resets) { resets(Peer::fin_wait_1(family()), kIss + 2); }
TEST_P(Killed, InFinWait2Resets) { resets(Peer::fin_wait_2(family()), kIss + 2); }
TEST_P(Killed, InCloseWaitResets) { resets(Peer::close_wait(family()), kIss + 1); }
TEST_P(Killed, InClosingResets) { resets(Peer::closing(family()), kIss + 2); }
TEST_P(Killed, InLastAckResets) { resets(Peer::last_ack(family()), kIss + 2); }
TEST_P(Killed, InTimeWaitIsSilent) {
  Peer peer = Peer::time_wait(family());
  peer.takes_all();
  EXPECT_EQ(end(peer, {peer.flow()}).ended, 1U);
  peer.expects_nothing();
  EXPECT_TRUE(peer.gone());
}

// Between the listing and the order the place may have gone to somebody else.
TEST_P(Killed, LeavesAnotherConnectionInTheSamePlaceAlone) {
  Peer peer = Peer::established(family());
  FlowEntry other = peer.flow();
  ++other.remote_port;
  FlowEntry elsewhere = peer.flow();
  elsewhere.id = 1'000'000'000;
  const EndedFlows done = end(peer, {other, elsewhere});
  EXPECT_EQ(done.looked_at, 2U);
  EXPECT_EQ(done.ended, 0U);
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::established);
}

TEST_P(Killed, LetsGoOfFramesOutOfOrder) {
  Peer peer = Peer::established(family());
  peer.sends(data("beyond").seq(peer.next() + 100));
  peer.takes_all();
  EXPECT_EQ(end(peer, {peer.flow()}).ended, 1U);
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_flow_ended), 1U);
  EXPECT_EQ(peer.stack().counters().held.get(), 0U);
}

}  // namespace
}  // namespace weir::test
