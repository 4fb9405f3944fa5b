// The numbers that a connection begins with, and where it listens.
#include <set>

#include "support/peer.hpp"

namespace weir::test {
namespace {

using Numbers = BothFamilies;
WEIR_BOTH_FAMILIES(Numbers);

/// The SYN-ACK to a SYN from `source_port`, as it stood on the wire.
Sent answer(Stack& stack, Family f, std::uint16_t source_port, Seg seg = syn().mss(1400)) {
  seg.source_port = source_port;
  stack.receive(tcp_frame(from_peer(f), seg));
  if (stack.sent().empty()) {
    ADD_FAILURE() << "no SYN-ACK";
    return {};
  }
  Sent s = stack.sent().front();
  stack.sent().clear();
  EXPECT_EQ(s.flags, kSyn | kAck);
  return s;
}

// Row 79, RFC 6528: no two tuples share an ISN, one tuple's rises with the 4 µs clock, and another
// secret makes others.
TEST_P(Numbers, InitialSequenceNumbersAreEachTuplesOwn) {
  Stack stack;
  std::set<std::uint32_t> seen;
  for (std::uint16_t port = 30'000; port < 30'040; ++port) {
    seen.insert(answer(stack, family(), port).seq >> 16);
  }
  EXPECT_GT(seen.size(), 35U) << "they lie close together";
}
TEST_P(Numbers, ATuplesInitialSequenceNumberRises) {
  Stack stack;
  const std::uint32_t first = answer(stack, family(), 30'000).seq;
  Seg end = rst().seq(1);
  end.source_port = 30'000;
  stack.receive(tcp_frame(from_peer(family()), end));
  EXPECT_EQ(stack.counters().flows.get(), 0U);
  stack.set_time(stack.now() + 1s);
  EXPECT_EQ(answer(stack, family(), 30'000).seq - first, 250'000U);
}
TEST_P(Numbers, AnotherBootHasOtherSequenceNumbers) {
  Stack one;
  Stack::Config config;
  config.seed = 2;
  Stack two(std::move(config));
  EXPECT_NE(answer(one, family(), 30'000).seq, answer(two, family(), 30'000).seq);
}
// Row 143: a millisecond clock with an offset of each tuple's own.
TEST_P(Numbers, TimestampsTickInMillisecondsFromAnOffsetOfTheTuple) {
  Stack stack;
  const Seg with_ts = syn().mss(1400).ts(1, 0);
  const std::uint32_t a = answer(stack, family(), 30'000, with_ts).options.ts_value;
  const std::uint32_t b = answer(stack, family(), 30'001, with_ts).options.ts_value;
  EXPECT_NE(a, b);
  stack.set_time(stack.now() + 123ms);
  EXPECT_EQ(answer(stack, family(), 30'000, with_ts).options.ts_value - a, 123U);
}
// Row 63, MUST-67: from our MTU, options not counted.
TEST_P(Numbers, TheMssFollowsOurMtu) {
  for (const unsigned mtu : {1280U, 1500U, 9000U}) {
    Stack::Config config;
    config.tune = [mtu](Snapshot& s) { s.ports[0].info.mtu = static_cast<std::uint16_t>(mtu); };
    Stack stack(std::move(config));
    const std::uint32_t headers = family() == Family::v4 ? 40 : 60;
    EXPECT_EQ(answer(stack, family(), 30'000, syn().mss(8960).ts(1, 0)).options.mss, mtu - headers);
  }
}
// Row 78, MUST-41 to 43: two addresses, one port, two connections of one peer; neither disturbs.
TEST_P(Numbers, TwoLocalAddressesAreTwoListeners) {
  const Address second = address(family() == Family::v4 ? "192.0.2.9" : "2001:db8::9");
  Stack::Config config;
  config.tune = [&](Snapshot& s) {
    s.ports[0].addresses.push_back({second, std::uint8_t(family() == Family::v4 ? 24 : 64)});
    s.listeners.add({second, kScriptPort, Transport::tcp, 4});
  };
  Stack stack(std::move(config));
  const Sent one = answer(stack, family(), 30'000);
  Ends ends = from_peer(family());
  ends.destination = second;
  Seg seg = syn().mss(1400);
  seg.source_port = 30'000;
  stack.receive(tcp_frame(ends, seg));
  ASSERT_EQ(stack.sent().size(), 1U);
  EXPECT_EQ(stack.sent().front().source, second);
  EXPECT_NE(stack.sent().front().seq, one.seq);
  EXPECT_EQ(stack.counters().flows.get(), 2U);
  stack.sent().clear();
}
// Row 127, RFC 5681 §4.1: after an idle RTO the burst is an initial window again.
TEST_P(Numbers, AfterAnIdleTimeTheBurstIsAnInitialWindow) {
  static const std::string kText(400'000, 'y');
  PeerSetup setup;
  setup.script = [](ScriptedService& s) { s.polls = true; };
  Peer peer = Peer::established(family(), std::move(setup));
  const auto send_all = [](Connection& c) {
    EXPECT_TRUE(c.send_static({reinterpret_cast<const std::uint8_t*>(kText.data()), kText.size()}));
  };
  peer.calls(send_all);
  for (int i = 0; i < 2000 && peer.flow().queued != 0; ++i) {
    for (const Sent& s : peer.takes_all()) peer.sends(ack().ack(s.seq + s.length()));
    peer.advance(1ms);
  }
  EXPECT_EQ(peer.flow().queued, 0U);
  peer.advance(10s);
  peer.calls(send_all);
  EXPECT_LE(peer.takes_all().size(), 10U);
}

// Row 142: after 24 days of silence a timestamp that looks old is believed again (RFC 7323 §5.5).
TEST(Paws, IsSwitchedOffAfter24Days) {
  PeerSetup setup;
  setup.syn = syn().mss(1400).ts(5'000'000, 0);
  setup.tune = [](Snapshot& s) {
    for (auto& service : s.services) service.tcp.idle_ms = 0;
  };
  Peer peer = Peer::established(Family::v4, std::move(setup));
  peer.sends(data("a"));
  peer.advance(50ms);
  peer.takes_all();
  const std::uint32_t old = peer.ts_now() - 1000;
  peer.advance(20 * 24h);
  peer.sends(data("b").ts(old, 0));
  EXPECT_EQ(peer.stack().refused(Drop::tcp_paws), 1U) << "20 days: still an old duplicate";
  peer.advance(5 * 24h);
  peer.sends(data("b").seq(kIrs + 2).ts(old, 0));
  peer.advance(50ms);
  EXPECT_EQ(peer.service().text, "ab");
  peer.takes_all();
}

}  // namespace
}  // namespace weir::test
