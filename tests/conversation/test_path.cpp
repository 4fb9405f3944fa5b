// What routers say of our segments, and what they do without a word (RFC 1191, 8201, 4821, 5927).
#include <algorithm>

#include "support/peer.hpp"

namespace weir::test {
namespace {

class PathMtu : public BothFamilies {};
class SoftErrors : public BothFamilies {};
WEIR_BOTH_FAMILIES(PathMtu);
WEIR_BOTH_FAMILIES(SoftErrors);

constexpr std::uint32_t kMss = 1400;

const std::string& long_text() {
  static const std::string text = pattern(0, 500'000);
  return text;
}
Peer sending(Family f) {
  PeerSetup setup;
  setup.syn = syn().mss(kMss).sack_ok();
  Peer peer = Peer::after_syn(f, std::move(setup));
  peer.advance(40ms);
  peer.service().at_open = [](Connection& c) {
    const auto* text = reinterpret_cast<const std::uint8_t*>(long_text().data());
    EXPECT_TRUE(c.send_static({text, long_text().size()}));
  };
  peer.sends(ack());
  return peer;
}

/// An ICMP error of a router about the segment of ours that begins at `seq`.
Octets error_about(const Peer& peer, std::uint32_t seq, std::uint8_t type, std::uint8_t code,
                   std::uint32_t word) {
  Ends ours = from_peer(peer.family());
  std::swap(ours.source, ours.destination);
  Seg segment = ack().seq(seq - kIss + peer.iss_on_wire()).ack(1);
  std::swap(segment.source_port, segment.destination_port);
  const Octets frame = tcp_frame(ours, segment);
  Octets rest{static_cast<std::uint8_t>(word >> 24), static_cast<std::uint8_t>(word >> 16),
              static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
  const std::size_t quote = 14 + (peer.family() == Family::v4 ? 20 : 40) + 8;
  rest.insert(rest.end(), frame.begin() + 14, frame.begin() + static_cast<std::ptrdiff_t>(quote));
  return icmp_frame(from_peer(peer.family()), type, code, rest);
}
void too_big(Peer& peer, std::uint32_t seq, std::uint32_t mtu) {
  const bool v4 = peer.family() == Family::v4;
  peer.stack().receive(error_about(peer, seq, v4 ? 3 : 2, v4 ? 4 : 0, mtu));
}
std::size_t longest(const std::vector<Sent>& all) {
  std::size_t most = 0;
  for (const Sent& s : all) most = std::max(most, s.text.size());
  return most;
}
std::uint32_t headers(Family f) { return f == Family::v4 ? 40 : 60; }

// A SYN fits every path: whoever says otherwise forges, and sends nothing again.
TEST_P(PathMtu, NoSynIsTooBig) {
  PeerSetup setup;
  setup.syn = syn().mss(kMss).sack_ok();
  Peer peer = Peer::after_syn(family(), std::move(setup));
  too_big(peer, kIss, 1280);
  EXPECT_TRUE(peer.takes_all().empty());
  EXPECT_EQ(peer.flow().mss, kMss);
  peer.sends(ack());
  EXPECT_EQ(peer.state(), State::established);
}
// Row 162: all leaves again in segments that fit, at once, and the window is not blamed.
TEST_P(PathMtu, TooBigSegmentsLeaveAgainSmaller) {
  Peer peer = sending(family());
  peer.takes_all();
  const std::uint32_t mtu = family() == Family::v4 ? 1000 : 1300;
  too_big(peer, kIss + 1, mtu);
  const auto sent = peer.takes_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, kIss + 1);
  EXPECT_EQ(longest(sent), mtu - headers(family()));
  EXPECT_EQ(peer.flow().ssthresh, 0xffffffffU);
  EXPECT_EQ(peer.stack().mib(Mib::TcpPathMtuReductions), 1U);
  std::string text;
  std::uint32_t next = kIss + 1;
  for (const Sent& s : sent) {
    if (s.seq != next) break;
    text += s.text;
    next += s.length();
  }
  EXPECT_EQ(text, pattern(0, text.size()));
}
// Row 162, RFC 5927 §4.1: what is quoted must be in flight.
TEST_P(PathMtu, AQuoteThatIsNotInFlightIsNotBelieved) {
  Peer peer = sending(family());
  peer.takes_all();
  const std::uint64_t before = peer.stack().dropped(Drop::icmp_error_ignored);
  for (const std::uint32_t seq : {kIss, kIss - 100'000, kIss + 1 + 10 * kMss, kIss + 500'000}) {
    too_big(peer, seq, 600);
  }
  EXPECT_EQ(peer.stack().dropped(Drop::icmp_error_ignored), before + 4);
  EXPECT_TRUE(peer.takes_all().empty());
  EXPECT_EQ(peer.flow().mss, kMss);
}
// Rows 162, 171: never below the floor, and never larger than before.
TEST_P(PathMtu, HasAFloorAndDoesNotGrow) {
  Peer peer = sending(family());
  peer.takes_all();
  too_big(peer, kIss + 1, 9000);
  EXPECT_EQ(peer.flow().mss, kMss);
  too_big(peer, kIss + 1, 68);
  EXPECT_EQ(peer.flow().mss, family() == Family::v4 ? 552 - 40 : 1280 - 60);
  peer.takes_all();
}
// RFC 1191 §5: a router of old says nothing of the size.
TEST(PathMtuV4, WithoutASizeTheNextPlateauIsTaken) {
  Peer peer = sending(Family::v4);
  peer.takes_all();
  too_big(peer, kIss + 1, 0);
  EXPECT_EQ(peer.flow().mss, 1280 - 40);
  peer.takes_all();
}
// Row 163, RFC 4821: big packets vanish without a word; the connection goes on with small ones.
TEST_P(PathMtu, ABlackHoleIsFoundAndPassed) {
  Peer peer = sending(family());
  const std::size_t fits = (family() == Family::v4 ? 1000 : 1280) - headers(family());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> have;
  std::uint32_t received = kIss + 1;
  for (int i = 0; i < 3000 && received < kIss + 1 + 100'000; ++i) {
    for (const Sent& s : peer.takes_all()) {
      if (s.text.size() <= fits) have.emplace_back(s.seq, s.seq + s.length());
    }
    std::uint32_t before = received;
    do {
      before = received;
      for (const auto& [from, to] : have) {
        if (from <= received && received < to) received = to;
      }
    } while (received != before);
    std::erase_if(have, [&](const auto& block) { return block.second <= received; });
    peer.sends(ack().ack(received));
    peer.advance(10ms);
  }
  EXPECT_GE(received, kIss + 1 + 100'000) << "row 163: no progress";
  EXPECT_EQ(peer.state(), State::established);
  peer.takes_all();
}
// An outage is no black hole: afterwards segments have their full size again.
TEST_P(PathMtu, AnOutageIsForgotten) {
  Peer peer = sending(family());
  peer.takes_all();
  for (int i = 0; i < 400; ++i) peer.advance(10ms);
  EXPECT_LT(longest(peer.takes_all()), kMss + 1);
  EXPECT_LT(peer.flow().mss, kMss);
  peer.sends(ack().ack(kIss + 1 + peer.flow().inflight));
  EXPECT_EQ(peer.flow().mss, kMss);
  EXPECT_EQ(longest(peer.takes_all()), kMss);
}

// Rows 159, 160, 164: unreachable, time exceeded and parameter problem end nothing.
TEST_P(SoftErrors, EndNothing) {
  const bool v4 = family() == Family::v4;
  Peer peer = sending(family());
  peer.takes_all();
  using Error = std::pair<std::uint8_t, std::uint8_t>;
  const std::vector<Error> errors =
      v4 ? std::vector<Error>{{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 5}, {11, 0}, {12, 0}}
         : std::vector<Error>{{1, 0}, {1, 1}, {1, 3}, {1, 4}, {3, 0}, {4, 0}, {4, 1}};
  for (const auto& [type, code] : errors) {
    peer.stack().receive(error_about(peer, kIss + 1, type, code, 0));
  }
  EXPECT_EQ(peer.stack().mib(Mib::TcpSoftErrors), errors.size());
  EXPECT_EQ(peer.state(), State::established);
  EXPECT_TRUE(peer.takes_all().empty());
  peer.sends(ack().ack(kIss + 1 + kMss));
  EXPECT_FALSE(peer.takes_all().empty());
}

}  // namespace
}  // namespace weir::test
