// Time passes: RFC 9293 §3.10.8, RFC 6298. Retransmission, idle, FIN-WAIT-2, TIME-WAIT.
#include "state_event.hpp"

namespace weir::test {
namespace {

class TimeoutRto : public BothFamilies {};
class TimeoutIdle : public BothFamilies {};
class TimeoutTimeWait : public BothFamilies {};
WEIR_BOTH_FAMILIES(TimeoutRto);
WEIR_BOTH_FAMILIES(TimeoutIdle);
WEIR_BOTH_FAMILIES(TimeoutTimeWait);

/// Lets time pass until something leaves; how long that took.
Duration until_sent(Peer& peer, Duration most) {
  const Instant start = peer.stack().now();
  while (peer.stack().sent().empty() && peer.stack().now() - start < most) peer.advance(1ms);
  return peer.stack().now() - start;
}
bool about(Duration d, Duration expected) { return d >= expected - 5ms && d <= expected + 15ms; }

// CLOSED and LISTEN have no timer.

// Row 75: 1 s, doubling; then it is given up, and the service hears nothing.
TEST_P(TimeoutRto, InSynReceivedRepeatsTheSynAckAndGivesUp) {
  Peer peer = Peer::after_syn(family());
  Duration rto = 1s;
  for (int i = 0; i < 5; ++i, rto *= 2) {
    const Duration waited = until_sent(peer, 100s);
    EXPECT_TRUE(about(waited, rto)) << waited.count() << " try " << i;
    peer.expects(syn_ack().seq(kIss).ack(kIrs + 1).mss(family() == Family::v4 ? 1460 : 1440));
  }
  peer.advance(40s);
  EXPECT_TRUE(peer.gone());
  peer.expects_nothing();
  EXPECT_EQ(peer.service().opened, 0);
  EXPECT_TRUE(peer.service().ends.empty());
  EXPECT_EQ(peer.stack().mib(Mib::TcpAttemptFails), 1U);
}
// Row 118, RFC 6298 (5.7).
TEST_P(TimeoutRto, InEstablishedIsThreeSecondsAfterALostSynAck) {
  Peer peer = Peer::after_syn(family(), polling());
  EXPECT_TRUE(about(until_sent(peer, 5s), 1s));
  peer.expects(syn_ack());
  peer.sends(ack());
  peer.calls([](Connection& c) { c.send("x"); });
  peer.expects(data("x"));
  EXPECT_TRUE(about(until_sent(peer, 10s), 3s - 5ms));
  peer.expects(data("x"));
}
// Rows 115, 117: doubling, up to 60 s. Row 119: R2 is at least 100 s, then the peer is told.
TEST_P(TimeoutRto, InEstablishedBacksOffAndGivesUpAtR2) {
  PeerSetup setup = polling();
  setup.tune = [](Snapshot& s) { s.tcp.rto_min_ms = 1000; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.calls([](Connection& c) { c.send("x"); });
  const Instant first = peer.stack().now();
  peer.expects(data("x").seq(kIss + 1));
  Duration rto = 1s;
  int tries = 0;
  for (;; rto = std::min<Duration>(rto * 2, 60s)) {
    const Duration waited = until_sent(peer, 200s);
    if ((peer.stack().sent().front().flags & kRst) != 0) break;
    EXPECT_TRUE(about(waited, rto)) << waited.count() << " for " << rto.count();
    peer.expects(data("x").seq(kIss + 1));
    ++tries;
  }
  peer.expects(rst_ack().seq(kIss + 2));
  EXPECT_GE(peer.stack().now() - first, 100s);
  EXPECT_GE(tries, 3);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::timed_out});
}
// Row 122: after a timeout one segment; slow start from there.
TEST_P(TimeoutRto, InEstablishedBeginsAgainWithOneSegment) {
  Peer peer = Peer::established(family(), polling());
  peer.calls([](Connection& c) { c.send(std::string(14'000, 'y')); });
  EXPECT_EQ(peer.takes_all().size(), 10U);
  until_sent(peer, 5s);
  peer.advance(1ms);
  const auto again = peer.takes_all();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].seq, kIss + 1);
  peer.sends(ack().ack(kIss + 1401));
  EXPECT_EQ(peer.takes_all().size(), 2U);
}
// Row 116, Karn: the ACK of a segment that was sent twice is no sample.
TEST_P(TimeoutRto, InEstablishedAnAmbiguousAckIsNoSample) {
  Peer peer = Peer::established(family(), polling());
  peer.calls([](Connection& c) { c.send("x"); });
  peer.expects(data("x"));
  const std::uint32_t before = peer.flow().srtt_us;
  until_sent(peer, 5s);
  peer.expects(data("x"));
  peer.advance(100ms);
  peer.sends(ack());
  EXPECT_EQ(peer.flow().srtt_us, before);
}
// Row 152.
void repeats_the_fin(Peer peer, std::uint32_t rcv_nxt) {
  const State before = peer.state();
  peer.takes_all();
  until_sent(peer, 5s);
  peer.expects(fin().seq(kIss + 1).ack(rcv_nxt));
  until_sent(peer, 5s);
  peer.expects(fin().seq(kIss + 1).ack(rcv_nxt));
  EXPECT_EQ(peer.state(), before);
}
TEST_P(TimeoutRto, InFinWait1RepeatsTheFin) {
  repeats_the_fin(Peer::fin_wait_1(family()), kIrs + 1);
}
TEST_P(TimeoutRto, InClosingRepeatsTheFin) { repeats_the_fin(Peer::closing(family()), kIrs + 2); }
TEST_P(TimeoutRto, InLastAckRepeatsTheFin) { repeats_the_fin(Peer::last_ack(family()), kIrs + 2); }
TEST_P(TimeoutRto, InFinWait2IsNotSet) {
  Peer peer = Peer::fin_wait_2(family());
  peer.advance(30s);
  peer.expects_nothing();
}
TEST_P(TimeoutRto, InCloseWaitRepeatsTheText) {
  Peer peer = Peer::close_wait(family(), polling());
  peer.calls([](Connection& c) { c.send("x"); });
  peer.expects(data("x"));
  until_sent(peer, 5s);
  peer.expects(data("x").seq(kIss + 1).ack(kIrs + 2));
}
TEST_P(TimeoutRto, InTimeWaitIsNotSet) {
  Peer peer = Peer::time_wait(family());
  peer.advance(59s);
  peer.expects_nothing();
}

PeerSetup idle_after(std::uint32_t ms) {
  PeerSetup s;
  s.tune = [ms](Snapshot& snapshot) {
    for (ServiceLimits& limits : snapshot.services) limits.tcp.idle_ms = ms;
  };
  return s;
}
TEST_P(TimeoutIdle, InSynReceivedDoesNotApply) {
  Peer peer = Peer::after_syn(family(), idle_after(500));
  peer.advance(900ms);
  EXPECT_EQ(peer.state(), State::syn_received);
}
TEST_P(TimeoutIdle, InEstablishedResetsAndTellsTheService) {
  Peer peer = Peer::established(family(), idle_after(10'000));
  peer.advance(9900ms);
  EXPECT_EQ(peer.state(), State::established);
  peer.sends(ack());
  peer.advance(9900ms);
  EXPECT_EQ(peer.state(), State::established);
  peer.advance(200ms);
  peer.expects(rst_ack().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::timed_out});
}
// Row 107: no keep-alive and no end of its own accord when the operator wants none.
TEST_P(TimeoutIdle, InEstablishedNeverIsNever) {
  Peer peer = Peer::established(family(), idle_after(0));
  peer.advance(25h);
  peer.expects_nothing();
  peer.sends(data("still here"));
  EXPECT_EQ(peer.service().text, "still here");
}
// A keep-alive of the peer's (an old octet) is answered and keeps the connection.
TEST_P(TimeoutIdle, InEstablishedAKeepAliveIsAnswered) {
  Peer peer = Peer::established(family(), idle_after(10'000));
  for (int i = 0; i < 5; ++i) {
    peer.advance(8s);
    peer.sends(ack().seq(kIrs));
    peer.expects(ack().seq(kIss + 1).ack(kIrs + 1));
  }
  EXPECT_EQ(peer.state(), State::established);
}
// Row 119: while something is unacknowledged, R2 decides and not the idle time.
TEST_P(TimeoutIdle, InEstablishedDoesNotCutRetransmissionShort) {
  PeerSetup setup = idle_after(20'000);
  setup.script = [](ScriptedService& s) { s.at_open = [](Connection& c) { c.send("x"); }; };
  Peer peer = Peer::after_syn(family(), std::move(setup));
  peer.sends(ack());
  peer.expects(data("x"));
  peer.advance(290s);
  EXPECT_EQ(peer.state(), State::established);
  peer.advance(120s);
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::timed_out});
}
TEST_P(TimeoutIdle, InCloseWaitApplies) {
  Peer peer = Peer::close_wait(family(), idle_after(10'000));
  peer.advance(11s);
  peer.expects(rst_ack().seq(kIss + 1).ack(kIrs + 2));
  EXPECT_TRUE(peer.gone());
}
// Row 158.
TEST_P(TimeoutIdle, InFinWait2HasATimeOfItsOwn) {
  Peer peer = Peer::fin_wait_2(family(), idle_after(0));
  peer.advance(59s);
  EXPECT_EQ(peer.state(), State::fin_wait_2);
  peer.advance(2s);
  EXPECT_TRUE(peer.gone());
}

// Row 153.
TEST_P(TimeoutTimeWait, Is2Msl) {
  Peer peer = Peer::time_wait(family());
  peer.advance(59'900ms);
  EXPECT_EQ(peer.state(), State::time_wait);
  EXPECT_EQ(peer.stack().counters().flows.get(), 1U);
  peer.advance(200ms);
  EXPECT_TRUE(peer.gone());
  peer.expects_nothing();
  EXPECT_EQ(peer.service().ends.size(), 1U);
}
TEST_P(TimeoutTimeWait, IsAKnob) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.msl_ms = 1000; };
  Peer peer = Peer::time_wait(family(), std::move(setup));
  peer.advance(1900ms);
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.advance(200ms);
  EXPECT_TRUE(peer.gone());
}
TEST_P(TimeoutTimeWait, HoldsNoColdObject) {
  Peer peer = Peer::time_wait(family());
  EXPECT_EQ(peer.stack().pipeline().memory().cold_objects, 0U);
}

// Row 107, RFC 9293 §3.8.4: off by default; configurable; no single unanswered probe ends it.
PeerSetup keeping_alive(std::uint32_t after_ms, std::uint32_t idle_ms) {
  PeerSetup setup;
  setup.tune = [=](Snapshot& s) {
    for (ServiceLimits& service : s.services) {
      service.tcp.keep_alive_ms = after_ms;
      service.tcp.idle_ms = idle_ms;
    }
  };
  return setup;
}
TEST_P(TimeoutIdle, ASilentPeerIsProbedAndThatItAnswersIsEnough) {
  Peer peer = Peer::established(family(), keeping_alive(60'000, 0));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(about(until_sent(peer, 100s), 60s)) << i;
    peer.expects(ack().seq(kIss).ack(kIrs + 1));
    peer.sends(ack());
    EXPECT_EQ(peer.stack().pipeline().memory().cold_objects, 0U) << "an idle connection is small";
  }
  EXPECT_EQ(peer.state(), State::established);
  EXPECT_EQ(peer.stack().mib(Mib::TcpKeepAlives), 5U);
}
TEST_P(TimeoutIdle, APeerThatAnswersNoProbeIsGone) {
  Peer peer = Peer::established(family(), keeping_alive(60'000, 0));
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(about(until_sent(peer, 100s), i == 0 ? 60s : 75s)) << i;
    peer.expects(ack().seq(kIss));
  }
  EXPECT_TRUE(about(until_sent(peer, 100s), 75s));
  peer.expects(rst_ack().seq(kIss + 1));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::timed_out});
}
TEST_P(TimeoutIdle, ProbesDoNotOutlastTheIdleTime) {
  Peer peer = Peer::established(family(), keeping_alive(60'000, 100'000));
  EXPECT_TRUE(about(until_sent(peer, 200s), 60s));
  peer.expects(ack().seq(kIss));
  EXPECT_TRUE(about(until_sent(peer, 200s), 40s));
  peer.expects(rst_ack());
  EXPECT_TRUE(peer.gone());
}
// MUST-26: only when idle. Text that leaves after a probe asks by itself.
TEST_P(TimeoutIdle, NoFurtherProbeWhileTextIsUnacknowledged) {
  Peer peer = Peer::established(family(), keeping_alive(60'000, 0));
  EXPECT_TRUE(about(until_sent(peer, 100s), 60s));
  peer.expects(ack().seq(kIss));
  peer.advance(10s);
  const FlowId id = peer.flow().id;
  peer.stack().pipeline().call(
      id, [](Connection& c) { c.send("x"); }, peer.stack().now());
  peer.advance(90s);
  EXPECT_EQ(peer.stack().mib(Mib::TcpKeepAlives), 1U);
  EXPECT_GE(peer.stack().mib(Mib::TcpRtoTimeouts), 1U);
}
TEST_P(TimeoutIdle, AProbeIsNoneOfThoseWhoWaitForAnAnswer) {
  PeerSetup setup = keeping_alive(60'000, 0);
  setup.script = [](ScriptedService& service) { service.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  peer.calls([](Connection& c) { c.send("x"); });
  peer.expects(data("x"));
  peer.advance(90s);  // R2 decides
  EXPECT_EQ(peer.stack().mib(Mib::TcpKeepAlives), 0U);
}

}  // namespace
}  // namespace weir::test
