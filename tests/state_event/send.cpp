// The service sends: RFC 9293 §3.10.2, §3.8.6, and the congestion window.
#include "state_event.hpp"

namespace weir::test {
namespace {

using Send = BothFamilies;
WEIR_BOTH_FAMILIES(Send);

ScriptedService::Call sends(std::size_t n) {
  return [n](Connection& c) { EXPECT_EQ(c.send(std::string(n, 'y')), n); };
}
std::size_t text_in(const std::vector<Sent>& all) {
  std::size_t n = 0;
  for (const Sent& s : all) n += s.text.size();
  return n;
}

TEST_P(Send, InSynReceivedIsPossibleWhenItOpens) {
  Peer peer = Peer::after_syn(family());
  peer.service().at_open = [](Connection& c) { c.send("hello"); };
  peer.sends(ack());
  peer.expects(data("hello").seq(kIss + 1).ack(kIrs + 1));
}
// Row 103: PSH on the last segment of what is there.
TEST_P(Send, InEstablishedLeavesAtOnceAndPushes) {
  Peer peer = Peer::established(family(), polling());
  peer.calls(sends(3000));
  peer.expects(ack().seq(kIss + 1).bytes(1400, 'y'));
  peer.expects(ack().seq(kIss + 1401).bytes(1400, 'y'));
  peer.expects_nothing();  // Nagle
  peer.sends(ack());
  peer.expects(ack().seq(kIss + 2801).bytes(200, 'y').with(kPsh));
  peer.expects_nothing();
  peer.sends(ack());
  EXPECT_GE(peer.service().sent, 1);
  EXPECT_EQ(peer.flow().queued, 0U);
}
// Row 114: Nagle holds a small segment back while something is unacknowledged.
TEST_P(Send, InEstablishedSmallOnesWaitForTheAck) {
  Peer peer = Peer::established(family(), polling());
  peer.calls(sends(10));
  peer.expects(bytes(10, 'y'));
  peer.calls(sends(10));
  peer.calls(sends(10));
  peer.expects_nothing();
  peer.sends(ack());
  peer.expects(bytes(20, 'y'));
}
TEST_P(Send, InEstablishedSmallOnesDoNotWaitWithoutNagle) {
  PeerSetup setup = polling();
  setup.tune = [](Snapshot& s) {
    for (ServiceLimits& limits : s.services) limits.tcp.nagle = false;
  };
  Peer peer = Peer::established(family(), std::move(setup));
  for (int i = 0; i < 3; ++i) {
    peer.calls(sends(10));
    peer.expects(bytes(10, 'y'));
  }
}
// Row 114, sender's SWS: a sliver of window is not filled, half of the largest one is.
TEST_P(Send, InEstablishedASliverOfWindowIsNotUsed) {
  Peer peer = Peer::established(family(), polling());
  peer.sends(ack().win(100));
  peer.calls(sends(4200));
  peer.expects_nothing();
  peer.sends(ack().win(40000));
  EXPECT_EQ(text_in(peer.takes_all()), 4200U);
}
// Row 108: a window above 0x8000 is used in full; row 120: as far as the initial window allows.
TEST_P(Send, InEstablishedTheInitialWindowIsTenSegments) {
  Peer peer = Peer::established(family(), polling());
  peer.calls(sends(100'000));
  EXPECT_EQ(text_in(peer.takes_all()), 14'000U);
}
TEST_P(Send, InEstablishedWindowsAboveTheSignBitAreUsedInFull) {
  Peer peer = Peer::established(family(), polling());
  static const std::string kLong(1'000'000, 'y');
  peer.calls([](Connection& c) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(kLong.data());
    EXPECT_TRUE(c.send_static({at, kLong.size()}));
  });
  std::uint32_t peak = 0;
  for (int i = 0; i < 20; ++i) {
    peak = std::max(peak, peer.flow().inflight);
    for (const Sent& s : peer.takes_all()) peer.sends(ack().ack(s.seq + s.length()));
    peer.advance(1ms);
  }
  // Once cwnd is out of the way, the window is full to the last segment.
  EXPECT_LE(peak, 0xffffU);
  EXPECT_GT(peak, 0xffffU - 1400);
}
// Row 65: what the timestamps need is not there for text.
TEST_P(Send, InEstablishedOptionsCountAgainstTheMss) {
  PeerSetup setup = polling();
  setup.syn = syn().mss(1000).ts(7'000'000, 0);
  Peer peer = Peer::established(family(), std::move(setup));
  peer.calls(sends(5000));
  peer.expects(ack().bytes(988, 'y'));
}
// Row 64.
TEST_P(Send, InEstablishedWithoutAnMssTheDefaultHolds) {
  PeerSetup setup = polling();
  setup.syn = syn();
  Peer peer = Peer::established(family(), std::move(setup));
  peer.calls(sends(5000));
  peer.expects(ack().bytes(family() == Family::v4 ? 536 : 1220, 'y'));
}
// Row 66.
TEST_P(Send, InEstablishedATinyMssHasAFloor) {
  for (const unsigned mss : {1U, 8U, 47U}) {
    PeerSetup setup = polling();
    setup.syn = syn().mss(static_cast<std::uint16_t>(mss));
    Peer peer = Peer::established(family(), std::move(setup));
    peer.calls(sends(1000));
    const auto all = peer.takes_all();
    ASSERT_FALSE(all.empty());
    EXPECT_GE(all[0].text.size(), 48U);
    EXPECT_LE(all.size(), 20U);
  }
}
// Row 137: the SYN's window is not scaled, later ones are, by 14 at most.
TEST_P(Send, InEstablishedTheScaleIsFourteenAtMost) {
  PeerSetup setup = polling();
  setup.syn = syn().mss(1460).ws(15).win(1000);
  Peer peer = Peer::established(family(), std::move(setup));
  peer.sends(ack().win(1));
  EXPECT_EQ(peer.flow().snd_wnd, 1U << 14);
}
TEST_P(Send, InFinWait1IsRefused) {
  Peer peer = Peer::fin_wait_1(family(), polling());
  peer.calls([](Connection& c) { EXPECT_EQ(c.send("x"), 0U); });
  peer.expects_nothing();
}
TEST_P(Send, InFinWait2IsRefused) {
  Peer peer = Peer::fin_wait_2(family(), polling());
  peer.calls([](Connection& c) { EXPECT_EQ(c.send("x"), 0U); });
  peer.expects_nothing();
}
// Row 149: the half that is still open.
TEST_P(Send, InCloseWaitLeaves) {
  Peer peer = Peer::close_wait(family(), polling());
  peer.calls(sends(2000));
  peer.expects(ack().seq(kIss + 1).ack(kIrs + 2).bytes(1400, 'y'));
  peer.sends(ack());
  peer.expects(ack().bytes(600, 'y'));
  peer.sends(ack());
  EXPECT_EQ(peer.state(), State::close_wait);
  EXPECT_EQ(peer.flow().queued, 0U);
}
TEST_P(Send, InClosingIsRefused) {
  Peer peer = Peer::closing(family(), polling());
  peer.calls([](Connection& c) { EXPECT_EQ(c.send("x"), 0U); });
}
TEST_P(Send, InLastAckIsRefused) {
  Peer peer = Peer::last_ack(family(), polling());
  peer.calls([](Connection& c) { EXPECT_EQ(c.send("x"), 0U); });
}
TEST_P(Send, InTimeWaitIsRefused) {
  PeerSetup setup;
  setup.script = [](ScriptedService& s) {
    s.at_peer_close = [](Connection& c) { EXPECT_EQ(c.send("x"), 0U); };
  };
  Peer::time_wait(family(), std::move(setup)).expects_nothing();
}

}  // namespace
}  // namespace weir::test
