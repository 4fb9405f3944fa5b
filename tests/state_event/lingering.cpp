// A half close and a slow reader: both sides have closed, and text has still to be read.
#include "state_event.hpp"

namespace weir::test {
namespace {

using Lingering = BothFamilies;
WEIR_BOTH_FAMILIES(Lingering);

/// Has closed its own side when the connection opened; reads when it is told to.
PeerSetup slow_reader() {
  PeerSetup setup = polling();
  setup.script = [](ScriptedService& service) {
    service.polls = true;
    service.at_open = [](Connection& c) {
      c.end_sending();
      c.set_timeout(1ms);
    };
    service.at_text = [](Connection&, Text&) { return 0U; };
  };
  return setup;
}
void reads_on(Peer& peer) {
  peer.service().at_text = nullptr;
  peer.calls([](Connection& c) { c.resume(); });
}
/// Our FIN is acknowledged, text came, and the peer's FIN.
Peer both_closed(Family f) {
  Peer peer(f, slow_reader());
  peer.connects();
  peer.expects(fin().seq(kIss + 1));
  peer.sends(data("one, "));
  peer.sends(data("two, "));
  peer.sends(fin().text("three"));
  peer.takes_all();
  EXPECT_EQ(peer.state(), State::time_wait);
  return peer;
}

TEST_P(Lingering, TextThatCameBeforeTheFinIsRead) {
  Peer peer = both_closed(family());
  EXPECT_TRUE(peer.service().ends.empty());
  EXPECT_EQ(peer.service().peer_closes, 0);
  peer.advance(5s);
  reads_on(peer);
  EXPECT_EQ(peer.service().text, "one, two, three");
  EXPECT_EQ(peer.service().peer_closes, 1);
  EXPECT_EQ(peer.service().ends, std::vector<EndReason>{EndReason::closed});
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.advance(61s);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends.size(), 1U);
}

TEST_P(Lingering, TheFinIsAcknowledgedAllTheSame) {
  Peer peer(family(), slow_reader());
  peer.connects();
  peer.expects(fin());
  peer.sends(fin().text("unread"));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 8));
  peer.sends(fin().text("unread").seq(kIrs + 1));
  peer.expects(ack().seq(kIss + 2).ack(kIrs + 8));
  reads_on(peer);
  EXPECT_EQ(peer.service().text, "unread");
}

// The peer has closed first, and our FIN is acknowledged while its text is unread.
TEST_P(Lingering, BehindLastAckToo) {
  PeerSetup setup = polling();
  setup.script = [](ScriptedService& service) {
    service.polls = true;
    service.at_text = [](Connection&, Text&) { return 0U; };
  };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(data("unread"));
  peer.sends(fin());
  peer.calls([](Connection& c) { c.end_sending(); });
  peer.takes_all();
  EXPECT_EQ(peer.state(), State::last_ack);
  peer.sends(ack());
  EXPECT_TRUE(peer.service().ends.empty());
  reads_on(peer);
  EXPECT_EQ(peer.service().text, "unread");
  EXPECT_EQ(peer.service().ends, std::vector<EndReason>{EndReason::closed});
}

// TIME-WAIT would be over long before; the idle time bounds it.
TEST_P(Lingering, LastsAsLongAsAnIdleConnection) {
  PeerSetup setup = slow_reader();
  setup.tune = [](Snapshot& s) {
    s.tcp.msl_ms = 1000;
    for (ServiceLimits& service : s.services) service.tcp.idle_ms = 20'000;
  };
  Peer peer(family(), std::move(setup));
  peer.connects();
  peer.expects(fin());
  peer.sends(fin().text("unread"));
  peer.advance(19s);
  EXPECT_TRUE(peer.service().ends.empty());
  peer.advance(4s);
  EXPECT_EQ(peer.service().ends, std::vector<EndReason>{EndReason::timed_out});
  EXPECT_TRUE(peer.gone());
}

TEST_P(Lingering, TheServiceMayGiveUp) {
  Peer peer = both_closed(family());
  peer.calls([](Connection& c) { c.abort(); });
  EXPECT_EQ(peer.service().ends, std::vector<EndReason>{EndReason::aborted});
  peer.expects_nothing();
  EXPECT_EQ(peer.state(), State::time_wait);
}

TEST_P(Lingering, ANewSynEndsIt) {
  Peer peer = both_closed(family());
  peer.sends(syn().seq(kIrs + 100'000).ack(0).mss(1400));
  EXPECT_EQ(peer.service().ends, std::vector<EndReason>{EndReason::closed});
  EXPECT_EQ(peer.state(), State::syn_received);
}

TEST_P(Lingering, TheOperatorEndsIt) {
  Peer peer = both_closed(family());
  const auto done = peer.stack().pipeline().end_flows(peer.stack().flows(), peer.stack().now());
  EXPECT_EQ(done.ended, 1U);
  EXPECT_EQ(peer.service().ends.size(), 1U);
  EXPECT_TRUE(peer.gone());
}

}  // namespace
}  // namespace weir::test
