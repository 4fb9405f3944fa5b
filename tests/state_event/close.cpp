// The service closes: RFC 9293 §3.10.4. CLOSED and LISTEN have no connection to close.
#include "state_event.hpp"

namespace weir::test {
namespace {

using Close = BothFamilies;
WEIR_BOTH_FAMILIES(Close);

void closes(Connection& c) { c.close(); }

// Before the handshake is complete there is no service to call: the first chance is on_open.
TEST_P(Close, InSynReceivedWaitsForOpen) {
  Peer peer = Peer::fin_wait_1(family());
  EXPECT_EQ(peer.service().opened, 1);
}
TEST_P(Close, InEstablishedLeadsToFinWait1) {
  Peer peer = Peer::established(family(), polling());
  peer.calls(closes);
  peer.expects(fin().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
// "Queue this until all preceding SENDs have been segmentized, then form a FIN segment."
TEST_P(Close, InEstablishedTheFinFollowsTheText) {
  Peer peer = Peer::established(family(), polling());
  peer.calls([](Connection& c) {
    c.send(std::string(2000, 'y'));
    c.close();
  });
  peer.expects(ack().seq(kIss + 1).bytes(1400, 'y'));
  peer.expects(fin().seq(kIss + 1401).bytes(600, 'y').with(kPsh));
  peer.sends(ack());
  EXPECT_EQ(peer.state(), State::fin_wait_2);
}
TEST_P(Close, InEstablishedTheFinWaitsForTheWindow) {
  Peer peer = Peer::established(family(), polling());
  peer.sends(ack().win(1400));
  peer.calls([](Connection& c) {
    c.send(std::string(2000, 'y'));
    c.close();
  });
  peer.expects(ack().bytes(1400, 'y'));
  peer.expects_nothing();
  peer.sends(ack().win(60000));
  peer.expects(fin().bytes(600, 'y'));
}
TEST_P(Close, AfterwardsNothingIsTakenAnyMore) {
  Peer peer = Peer::established(family(), polling());
  peer.calls(closes);
  peer.expects(fin());
  peer.calls([](Connection& c) {
    EXPECT_EQ(c.room(), 0U);
    EXPECT_EQ(c.send("more"), 0U);
    static constexpr std::uint8_t kMore[1] = {'m'};
    EXPECT_FALSE(c.send_static(kMore));
    c.close();
  });
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
TEST_P(Close, InFinWait2ChangesNothing) {
  Peer peer = Peer::fin_wait_2(family(), polling());
  peer.calls(closes);
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::fin_wait_2);
}
TEST_P(Close, InCloseWaitLeadsToLastAck) {
  Peer peer = Peer::close_wait(family(), polling());
  peer.calls(closes);
  peer.expects(fin().seq(kIss + 1).ack(kIrs + 2));
  EXPECT_EQ(peer.state(), State::last_ack);
}
TEST_P(Close, InClosingChangesNothing) {
  Peer peer = Peer::closing(family(), polling());
  peer.calls(closes);
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::closing);
}
TEST_P(Close, InLastAckChangesNothing) {
  PeerSetup setup = polling();
  Peer peer = Peer::last_ack(family(), std::move(setup));
  peer.calls(closes);
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::last_ack);
}
// The service's connection is over when TIME-WAIT begins; what it does in that last call is void.
TEST_P(Close, InTimeWaitChangesNothing) {
  PeerSetup setup;
  setup.script = [](ScriptedService& s) { s.at_peer_close = closes; };
  Peer peer = Peer::time_wait(family(), std::move(setup));
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.expects_nothing();
}

}  // namespace
}  // namespace weir::test
