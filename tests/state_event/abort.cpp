// The service aborts: RFC 9293 §3.10.5. An RST that the peer accepts, and one report (row 106).
#include "state_event.hpp"

namespace weir::test {
namespace {

using Abort = BothFamilies;
WEIR_BOTH_FAMILIES(Abort);

void aborts(Connection& c) { c.abort(); }

void resets(Peer peer, std::uint32_t snd_nxt) {
  peer.takes_all();
  peer.calls(aborts);
  peer.expects(rst_ack().seq(snd_nxt));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::aborted});
  peer.advance(2min);
  peer.expects_nothing();
  EXPECT_EQ(peer.service().ends.size(), 1U);
}

TEST_P(Abort, InSynReceivedIsPossibleWhenItOpens) {
  Peer peer = Peer::after_syn(family());
  peer.service().at_open = aborts;
  peer.sends(ack());
  peer.expects(rst_ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::aborted});
  EXPECT_EQ(peer.stack().counters().services[4].accepted.get(), 1U);
  EXPECT_EQ(peer.stack().counters().services[4].ended.get(), 1U);
}
TEST_P(Abort, InEstablishedResets) { resets(Peer::established(family(), polling()), kIss + 1); }
TEST_P(Abort, InEstablishedDropsWhatIsQueued) {
  Peer peer = Peer::established(family(), polling());
  peer.sends(ack().win(0));
  peer.calls([](Connection& c) {
    c.send("never sent");
    c.abort();
  });
  peer.expects(rst_ack().seq(kIss + 1));
  EXPECT_EQ(peer.stack().pool().in_use(), 0U);
}
TEST_P(Abort, WithTheTextThatItAnswers) {
  Peer peer = Peer::established(family());
  peer.service().at_text = [](Connection& c, Text& t) {
    c.abort();
    return t.bytes.size();
  };
  peer.sends(data("GET /"));
  peer.expects(rst_ack().seq(kIss + 1).ack(kIrs + 6));
  EXPECT_TRUE(peer.gone());
}
// The frame that brought the ACK is held behind a gap: its verdict is that of a flow that ended.
TEST_P(Abort, OnAnAckThatCameWithTextBeyondAGap) {
  Peer peer = Peer::established(family(), polling());
  peer.calls([](Connection& c) { c.send("x"); });
  peer.expects(data("x"));
  peer.service().at_sent = aborts;
  peer.sends(data("beyond").seq(peer.next() + 100));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.stack().counters().held.get(), 0U);
  EXPECT_EQ(peer.stack().dropped(Drop::tcp_flow_ended), 1U);
}
TEST_P(Abort, InFinWait1Resets) { resets(Peer::fin_wait_1(family(), polling()), kIss + 2); }
TEST_P(Abort, InFinWait2Resets) { resets(Peer::fin_wait_2(family(), polling()), kIss + 2); }
TEST_P(Abort, InCloseWaitResets) { resets(Peer::close_wait(family(), polling()), kIss + 1); }
TEST_P(Abort, InClosingResets) { resets(Peer::closing(family(), polling()), kIss + 2); }
TEST_P(Abort, InLastAckResets) { resets(Peer::last_ack(family(), polling()), kIss + 2); }
TEST_P(Abort, InTimeWaitChangesNothing) {
  PeerSetup setup;
  setup.script = [](ScriptedService& s) { s.at_peer_close = aborts; };
  Peer peer = Peer::time_wait(family(), std::move(setup));
  peer.expects_nothing();
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}

}  // namespace
}  // namespace weir::test
