// A SYN with text and a cookie: RFC 7413 §4 and §5.1 (rows 147 and 148).
#include "tcp/fast_open.hpp"
#include "state_event.hpp"

namespace weir::test {
namespace {

using FastOpening = BothFamilies;
WEIR_BOTH_FAMILIES(FastOpening);

/// MSS 1400, and the option with these bytes.
Octets offer(const Octets& cookie) {
  Octets options{2, 4, 5, 120, 34, static_cast<std::uint8_t>(2 + cookie.size())};
  options.insert(options.end(), cookie.begin(), cookie.end());
  while (options.size() % 4 != 0) options.push_back(1);
  return options;
}
Octets bytes_of(std::uint64_t cookie) {
  Octets bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(cookie >> shift));
  }
  return bytes;
}
PeerSetup taking(std::uint32_t pending = 8) {
  PeerSetup setup;
  setup.stack.tune = [pending](Snapshot& s) {
    for (ServiceLimits& service : s.services) service.fast_opens = pending;
  };
  return setup;
}
/// Asks for a cookie and goes away.
std::uint64_t ask(Peer& peer) {
  peer.sends(syn().options(offer({})).seq(kIrs));
  const Sent s = peer.expects(syn_ack().seq(kIss).ack(kIrs + 1));
  EXPECT_EQ(s.options.fast_open, FastOpen::cookie);
  peer.sends(rst().seq(kIrs + 1));
  EXPECT_TRUE(peer.gone());
  return s.options.fast_open_cookie;
}
/// A peer that has a cookie, and has sent nothing with it.
struct Client {
  explicit Client(Family f, PeerSetup setup = taking()) : peer(f, std::move(setup)) {
    cookie = ask(peer);
  }
  void opens(std::string_view text = "early") {
    peer.sends(syn().options(offer(bytes_of(cookie))).text(text).seq(kIrs));
  }
  Peer peer;
  std::uint64_t cookie = 0;
};
constexpr std::uint32_t kAfterEarly = kIrs + 1 + 5;

TEST_P(FastOpening, WhoAsksIsGivenTheSameCookie) {
  Client client(family());
  EXPECT_EQ(ask(client.peer), client.cookie);
  EXPECT_EQ(client.peer.stack().mib(Mib::TcpFastOpenCookieReqd), 2U);
  EXPECT_EQ(client.peer.service().opened, 0);
}
TEST_P(FastOpening, IsOffUnlessTheServiceWantsIt) {
  Peer peer(family());
  peer.sends(syn().options(offer({})).text("early").seq(kIrs));
  const Sent s = peer.expects(syn_ack().ack(kIrs + 1));
  EXPECT_EQ(s.options.fast_open, FastOpen::absent);
}
// §4.2.2: the text is for the service before the handshake is complete, and so is its answer.
TEST_P(FastOpening, TheTextOfTheSynIsAnsweredAtOnce) {
  Client client(family());
  Peer& peer = client.peer;
  peer.service().at_text = [](Connection& c, Text& t) {
    EXPECT_EQ(c.send("answer"), 6U);
    return t.bytes.size();
  };
  client.opens();
  EXPECT_EQ(peer.service().opened, 1);
  const Sent s = peer.expects(syn_ack().seq(kIss).ack(kAfterEarly));
  EXPECT_EQ(s.options.fast_open, FastOpen::absent) << "it has the cookie";
  peer.expects(data("answer").seq(kIss + 1).ack(kAfterEarly));
  EXPECT_EQ(peer.state(), State::syn_received);
  peer.sends(ack().seq(kAfterEarly).ack(kIss + 7));
  EXPECT_EQ(peer.state(), State::established);
  EXPECT_EQ(peer.flow().inflight, 0U);
  EXPECT_EQ(peer.flow().rx_bytes, 5U);
  EXPECT_EQ(peer.flow().tx_bytes, 6U);
  EXPECT_EQ(peer.service().opened, 1) << "it opens once";
  peer.expects_nothing();
  peer.sends(data("more").seq(kAfterEarly));
  peer.expects(data("answer").seq(kIss + 7).ack(kAfterEarly + 4));
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastOpenPassive), 1U);
  EXPECT_EQ(peer.stack().mib(Mib::TcpPassiveOpens), 1U);
}
TEST_P(FastOpening, AnAnswerLongerThanAFlightGoesOnAfterTheHandshake) {
  Client client(family());
  Peer& peer = client.peer;
  const std::string answer = pattern(0, 30'000);
  peer.service().at_text = [&](Connection& c, Text& t) {
    EXPECT_EQ(c.send(answer), answer.size());
    return t.bytes.size();
  };
  client.opens();
  std::string read;
  for (int round = 0; round < 20 && read.size() < answer.size(); ++round) {
    for (const Sent& s : peer.takes_all()) {
      EXPECT_EQ(s.seq + ((s.flags & kSyn) != 0 ? 1 : 0), kIss + 1 + read.size());
      read += s.text;
    }
    peer.sends(ack().seq(kAfterEarly));
  }
  EXPECT_EQ(read, answer);
  EXPECT_EQ(peer.state(), State::established);
}
// §4.1.2, and §4.2.2: the SYN alone is acknowledged, and a cookie comes with that.
TEST_P(FastOpening, AWrongCookieIsAPlainSyn) {
  Client client(family());
  Peer& peer = client.peer;
  const std::uint64_t right = client.cookie;
  client.cookie ^= 1;
  client.opens();
  const Sent s = peer.expects(syn_ack().ack(kIrs + 1));
  EXPECT_EQ(s.options.fast_open_cookie, right);
  EXPECT_EQ(peer.service().opened, 0);
  peer.sends(data("early").seq(kIrs + 1).ack(kIss + 1));
  EXPECT_EQ(peer.service().text, "early");
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastOpenPassiveFail), 1U);
}
TEST_P(FastOpening, ACookieOfAnotherLengthIsAPlainSyn) {
  Client client(family());
  for (const std::size_t size : {1U, 4U, 6U, 7U, 16U, 18U}) {
    Octets options = offer(Octets(size, 7));
    client.peer.sends(syn().options(options).text("early").seq(kIrs));
    const Sent s = client.peer.expects(syn_ack().ack(kIrs + 1));
    const bool legal = size == 4 || size == 6 || size == 16;
    EXPECT_EQ(s.options.fast_open, legal ? FastOpen::cookie : FastOpen::absent) << size;
    client.peer.sends(rst().seq(kIrs + 1));
  }
  EXPECT_EQ(client.peer.service().opened, 0);
}
TEST_P(FastOpening, ACookieIsGoodForOnePeriodAndTheNext) {
  Client client(family());
  Peer& peer = client.peer;
  peer.advance(tcp::kFastOpenPeriod);
  client.opens();
  const Sent s = peer.expects(syn_ack().ack(kAfterEarly));
  EXPECT_EQ(s.options.fast_open, FastOpen::cookie) << "the new one";
  EXPECT_NE(s.options.fast_open_cookie, client.cookie);
  peer.sends(rst().seq(kAfterEarly));
  peer.advance(tcp::kFastOpenPeriod);
  client.opens();
  peer.expects(syn_ack().ack(kIrs + 1));
}
TEST_P(FastOpening, ACookieWithoutTextIsAPlainSyn) {
  Client client(family());
  client.opens("");
  client.peer.expects(syn_ack().ack(kIrs + 1));
  EXPECT_EQ(client.peer.service().opened, 0);
  client.peer.sends(ack().seq(kIrs + 1).ack(kIss + 1));
  EXPECT_EQ(client.peer.service().opened, 1);
}
TEST_P(FastOpening, TheSynOnceMoreIsAnsweredAndNotReadAgain) {
  Client client(family());
  Peer& peer = client.peer;
  client.opens();
  peer.expects(syn_ack().ack(kAfterEarly));
  for (const bool with_text : {true, false}) {
    Seg again = syn().options(offer(bytes_of(client.cookie))).seq(kIrs);
    peer.sends(with_text ? again.text("early") : again);
    peer.expects(syn_ack().seq(kIss).ack(kAfterEarly));
  }
  EXPECT_EQ(peer.service().text, "early");
  EXPECT_EQ(peer.service().opened, 1);
}
TEST_P(FastOpening, ALostSynAckIsRepeatedAndThenGivenUp) {
  Client client(family());
  Peer& peer = client.peer;
  client.opens();
  peer.expects(syn_ack());
  for (int i = 0; i < 5; ++i) {
    while (peer.stack().sent().empty()) peer.advance(10ms);
    peer.expects(syn_ack().seq(kIss).ack(kAfterEarly));
  }
  peer.advance(100s);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::timed_out});
}
// The answer was lost, the SYN-ACK was not.
TEST_P(FastOpening, ALostAnswerIsSentAgain) {
  Client client(family());
  Peer& peer = client.peer;
  peer.service().at_text = [](Connection& c, Text& t) {
    c.send("answer");
    return t.bytes.size();
  };
  client.opens();
  peer.takes_all();
  peer.sends(ack().seq(kAfterEarly).ack(kIss + 1));
  EXPECT_EQ(peer.state(), State::established);
  while (peer.stack().sent().empty()) peer.advance(1ms);
  peer.expects(data("answer").seq(kIss + 1));
}
// RFC 9293 §3.10.4, CLOSE in SYN-RECEIVED: the FIN waits for the handshake, the text does not.
TEST_P(FastOpening, TheServiceMayCloseBeforeTheHandshakeIsComplete) {
  Client client(family());
  Peer& peer = client.peer;
  peer.service().at_text = [](Connection& c, Text& t) {
    c.send("answer");
    c.close();
    return t.bytes.size();
  };
  client.opens();
  peer.expects(syn_ack());
  peer.expects(data("answer").seq(kIss + 1));
  EXPECT_EQ(peer.state(), State::syn_received);
  peer.sends(ack().seq(kAfterEarly).ack(kIss + 7));
  peer.expects(fin().seq(kIss + 7));
  EXPECT_EQ(peer.state(), State::fin_wait_1);
  peer.sends(fin().seq(kAfterEarly).ack(kIss + 8));
  EXPECT_EQ(peer.state(), State::time_wait);
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::closed});
}
TEST_P(FastOpening, AResetBeforeTheHandshakeIsTold) {
  Client client(family());
  client.opens();
  client.peer.expects(syn_ack());
  client.peer.sends(rst().seq(kAfterEarly));
  EXPECT_TRUE(client.peer.gone());
  EXPECT_EQ(client.peer.service().ends, std::vector{EndReason::reset});
}
TEST_P(FastOpening, TheServiceMayAbortAtOnce) {
  Client client(family());
  client.peer.service().at_open = [](Connection& c) { c.abort(); };
  client.opens();
  client.peer.expects(rst_ack().ack(kAfterEarly));
  EXPECT_TRUE(client.peer.gone());
  EXPECT_EQ(client.peer.service().ends, std::vector{EndReason::aborted});
}
TEST(FastOpenPlaces, RestOldestFirstAndNoLongerThanAMinute) {
  EXPECT_TRUE(tcp::FastOpenPlaces(0).are_full(Tick(0)));
  tcp::FastOpenPlaces places(3);
  Tick now(0xffffff00);  // ticks wrap
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(places.are_full(now));
      places.take();
      if (i != 1) places.leave_by_reset(now + 1000U * static_cast<unsigned>(i));
    }
    EXPECT_TRUE(places.are_full(now));
    places.leave();
    EXPECT_FALSE(places.are_full(now));
    places.take();
    EXPECT_TRUE(places.are_full(now + 59'999U));
    EXPECT_FALSE(places.are_full(now + 60'000U));
    places.take();
    EXPECT_TRUE(places.are_full(now + 61'999U));
    EXPECT_FALSE(places.are_full(now + 62'000U));
    places.leave();
    places.leave();
    now = now + (round == 3 ? 0x9000'0000U : 100'000U);  // beyond what a signed distance tells
    for (int i = 0; i < 3; ++i) {
      places.take();
      places.leave_by_reset(now);
    }
    EXPECT_TRUE(places.are_full(now + 59'000U));
    now = now + 0xa000'0000U;
    EXPECT_FALSE(places.are_full(now));
  }
}
// §5.1: the victim's resets do not make room for the next forged SYNs; a minute does.
TEST_P(FastOpening, AResetKeepsItsPlaceForAMinute) {
  Client client(family(), taking(1));
  Peer& peer = client.peer;
  client.opens();
  peer.expects(syn_ack().ack(kAfterEarly));
  peer.sends(rst().seq(kAfterEarly));
  EXPECT_TRUE(peer.gone());
  peer.advance(59s);
  client.opens();
  peer.expects(syn_ack().ack(kIrs + 1));
  peer.sends(rst().seq(kIrs + 1));
  EXPECT_EQ(peer.stack().mib(Mib::TcpFastOpenListenOverflow), 1U);
  peer.advance(2s);
  client.opens();
  peer.expects(syn_ack().ack(kAfterEarly));
}
// The segment that completes the handshake may bring what ends the connection.
TEST_P(FastOpening, TheServiceMayAbortInTheSegmentThatCompletesIt) {
  Client client(family());
  Peer& peer = client.peer;
  client.opens();
  peer.expects(syn_ack());
  peer.service().at_text = [](Connection& c, Text& t) {
    c.abort();
    return t.bytes.size();
  };
  peer.sends(data("more").seq(kAfterEarly).ack(kIss + 1));
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(peer.service().ends, std::vector{EndReason::aborted});
  for (const ServiceCounters& service : peer.stack().counters().services) {
    EXPECT_EQ(service.accepted.get(), service.ended.get());
    EXPECT_EQ(service.fast_opens.get() + service.half_open.get() + service.connections.get(), 0U);
  }
}
TEST_P(FastOpening, AnAckOfWhatWasNotSentIsRefused) {
  Client client(family());
  client.opens();
  client.peer.expects(syn_ack());
  for (const std::uint32_t wrong : {kIss, kIss + 2}) {
    client.peer.sends(ack().seq(kAfterEarly).ack(wrong));
    client.peer.expects(rst().seq(wrong));
  }
  EXPECT_EQ(client.peer.state(), State::syn_received);
}
// §5.1, row 148: who floods with one good cookie gets the plain handshake, as everybody does then.
TEST_P(FastOpening, PendingOnesAreLimited) {
  Client client(family(), taking(2));
  const auto stack = client.peer.shared();
  const auto& counters = stack->counters().services;
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::uint16_t i = 0; i < 4; ++i) {
    PeerSetup setup;
    setup.shared = stack;
    setup.source_port = static_cast<std::uint16_t>(41000 + i);
    peers.push_back(std::make_unique<Peer>(family(), setup));
    peers.back()->sends(syn().options(offer(bytes_of(client.cookie))).text("early").seq(kIrs));
    if (i == 2) {
      EXPECT_EQ(stack->mib(Mib::TcpFastOpenListenOverflow), 1U);
      peers.back()->expects(syn_ack().ack(kIrs + 1));
      peers[0]->sends(ack().seq(kAfterEarly).ack(kIss + 1));  // there is room again
    } else {
      peers.back()->expects(syn_ack().ack(kAfterEarly));
    }
  }
  std::uint64_t pending = 0;
  for (const ServiceCounters& service : counters) pending += service.fast_opens.get();
  EXPECT_EQ(pending, 2U);
  EXPECT_EQ(client.peer.service().opened, 3);
  stack->shut_down();
  for (const ServiceCounters& service : counters) EXPECT_EQ(service.fast_opens.get(), 0U);
}
// With cookies there is no state, so nothing can be delivered.
TEST_P(FastOpening, WithSynCookiesItIsAPlainSyn) {
  PeerSetup setup = taking();
  setup.stack.tune = [inner = setup.stack.tune](Snapshot& s) {
    inner(s);
    s.services[4].backlog = 0;
  };
  Peer peer(family(), setup);
  const std::uint64_t cookie =
      tcp::fast_open_cookie(Secrets::derive(1, 0x5eed), peer_address(family()),
                            tcp::fast_open_period(peer.stack().now()));
  peer.sends(syn().options(offer(bytes_of(cookie))).text("early").seq(kIrs));
  peer.expects(syn_ack().ack(kIrs + 1));
  EXPECT_EQ(peer.service().opened, 0);
  EXPECT_EQ(peer.stack().mib(Mib::TcpSynCookiesSent), 1U);
}

}  // namespace
}  // namespace weir::test
