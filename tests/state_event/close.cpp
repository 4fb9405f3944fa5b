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
// Row 105, RFC 9293 SHLD-3, RFC 2525 §2.17: text that arrived and will not be read is lost, and the
// peer is told so.
TEST_P(Close, WithTextUnreadResets) {
  PeerSetup setup = polling();
  setup.script = [](ScriptedService& service) {
    service.polls = true;
    service.at_text = [](Connection&, Text& t) { return t.bytes.size() / 2; };
  };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("read and unread"));
  peer.calls(closes);
  peer.takes_all();
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.stack().mib(Mib::TcpOutRsts), 1U);
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::aborted});
}
TEST_P(Close, InTheMiddleOfTextThatIsLeftUnreadResets) {
  Peer peer = Peer::established(family());
  peer.service().at_text = [](Connection& c, Text&) {
    c.close();
    return std::size_t{0};
  };
  peer.sends(data("unread"));
  peer.expects(rst_ack().seq(kIss + 1));
  EXPECT_TRUE(peer.gone());
}
TEST_P(Close, WithAllTextReadFinishes) {
  Peer peer = Peer::established(family());
  peer.service().at_text = [](Connection& c, Text& t) {
    c.close();
    return t.bytes.size();
  };
  peer.sends(data("read"));
  peer.expects(fin().seq(kIss + 1));
  EXPECT_EQ(peer.state(), State::fin_wait_1);
}
// What comes after the close may be read slowly: that was a half close.
TEST_P(Close, TextThatComesLaterMayWait) {
  Peer peer = Peer::fin_wait_2(family());
  peer.service().at_text = [](Connection&, Text&) { return std::size_t{0}; };
  peer.sends(data("later"));
  EXPECT_EQ(peer.state(), State::fin_wait_2);
  EXPECT_EQ(peer.flow().unread, 5U);
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
