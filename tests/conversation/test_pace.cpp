// How fast a connection begins, and how wide it opens: the first flight, the receive window.
#include "support/peer.hpp"

namespace weir::test {
namespace {

class FirstFlight : public BothFamilies {};
class ReceiveTuning : public BothFamilies {};
WEIR_BOTH_FAMILIES(FirstFlight);
WEIR_BOTH_FAMILIES(ReceiveTuning);

constexpr std::uint32_t kMss = 1400;

/// Established with a round trip that long, so far as Weir can tell.
Peer far_away(Family f, Duration rtt, PeerSetup setup = {}) {
  Peer peer = Peer::after_syn(f, std::move(setup));
  peer.advance(rtt);
  return peer;
}
Peer sending_far_away(Family f, Duration rtt) {
  Peer peer = far_away(f, rtt);
  peer.service().at_open = [](Connection& c) { c.send(std::string(100'000, 'x')); };
  peer.sends(ack());
  return peer;
}

// RFC 6928 §12: ten segments in a row are a burst for a slow link.
TEST_P(FirstFlight, IsSpreadOverHalfARoundTrip) {
  Peer peer = sending_far_away(family(), 40ms);
  std::size_t sent = peer.takes_all().size();
  EXPECT_EQ(sent, 4U);
  for (int ms = 1; ms <= 20; ++ms) {
    peer.advance(1ms);
    sent += peer.takes_all().size();
    // 4 segments, and 20 a round trip.
    EXPECT_LE(sent, 4U + static_cast<std::size_t>(ms) * 20 / 40 + 1) << ms;
  }
  EXPECT_EQ(sent, 10U);
}
TEST_P(FirstFlight, OnAShortPathLeavesAtOnce) {
  EXPECT_EQ(sending_far_away(family(), 1ms).takes_all().size(), 10U);
}
TEST_P(FirstFlight, EndsWithTheFirstAck) {
  Peer peer = sending_far_away(family(), 40ms);
  EXPECT_EQ(peer.takes_all().size(), 4U);
  peer.sends(ack());
  // The window of ten, at once; it has not grown, for it was not used (RFC 7661).
  EXPECT_EQ(peer.takes_all().size(), 10U);
}

PeerSetup with_scale() {
  PeerSetup setup;
  setup.syn = syn().mss(kMss).ws(7);
  setup.stack.pool = 4096;
  return setup;
}
/// Each round trip the peer sends `most` bytes, or what the window takes; the service reads it all.
/// Returns the widest window.
std::uint32_t widest(Peer& peer, Duration rtt, std::uint32_t most) {
  std::uint32_t widest = 0;
  for (int round = 0; round < 40; ++round) {
    const std::uint32_t room = std::min(peer.window(), most);
    for (std::uint32_t sent = 0; sent + kMss <= room;) {
      std::vector<Seg> burst;
      for (; burst.size() < 32 && sent + kMss <= room; sent += kMss) {
        burst.push_back(ack().bytes(kMss));
      }
      peer.sends_burst(std::move(burst));
    }
    peer.advance(rtt);
    peer.takes_all();
    widest = std::max(widest, peer.window());
  }
  return widest;
}

TEST_P(ReceiveTuning, AFastConnectionOnALongPathGetsAWideWindow) {
  Peer peer = far_away(family(), 50ms, with_scale());
  peer.sends(ack());
  const std::uint32_t window = widest(peer, 50ms, ~0U);
  EXPECT_GE(window, 1000U * 1024);
  EXPECT_LE(window, 1025U * 1024) << "[tcp] receive-buffer-max";
}
TEST_P(ReceiveTuning, ASlowOneDoesNot) {
  Peer peer = far_away(family(), 50ms, with_scale());
  peer.sends(ack());
  EXPECT_LE(widest(peer, 50ms, 30'000), 257U * 1024);
}
TEST_P(ReceiveTuning, AShortPathNeedsNone) {
  Peer peer = far_away(family(), 0ms, with_scale());
  peer.sends(ack());
  EXPECT_LE(widest(peer, 1ms, ~0U), 257U * 1024);
}
TEST_P(ReceiveTuning, WithoutScalingSixtyFourKilobytesAreAll) {
  PeerSetup setup;
  setup.stack.pool = 4096;
  Peer peer = far_away(family(), 50ms, setup);
  peer.sends(ack());
  EXPECT_LE(widest(peer, 50ms, ~0U), 0xffffU);
}

}  // namespace
}  // namespace weir::test
