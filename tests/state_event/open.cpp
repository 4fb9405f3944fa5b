// We open: RFC 9293 §3.10.1 OPEN, and every segment of §3.10.7.3 in SYN-SENT.
#include "state_event.hpp"

namespace weir::test {
namespace {

using Opening = BothFamilies;
WEIR_BOTH_FAMILIES(Opening);

constexpr std::uint16_t kOurPort = 50000, kTheirPort = 8000, kScripted = 4;

/// Weir opens a connection; the test is the server. Sequence numbers are those of the wire.
class Server {
 public:
  explicit Server(Family f) : family_(f), stack_(config()) {
    place_ = stack_.snapshot().listeners.find(Transport::tcp, our_address(f), kOurPort);
    id = dial();
    EXPECT_NE(id, kNoFlow);
    first = next();
    iss = first.seq;
  }
  FlowId calls(const Address& whom) {
    const FlowId made = stack_.pipeline().connect(place_, whom, kTheirPort, stack_.now());
    stack_.round();
    return made;
  }
  FlowId dial() { return calls(peer_address(family_)); }
  void sends(Seg seg) {
    seg.source_port = kTheirPort;
    seg.destination_port = kOurPort;
    stack_.receive(tcp_frame(from_peer(family_), seg));
  }
  Sent next() {
    if (stack_.sent().empty()) {
      ADD_FAILURE() << "nothing was sent";
      return {};
    }
    Sent s = stack_.sent().front();
    stack_.sent().pop_front();
    EXPECT_EQ(s.source, our_address(family_));
    EXPECT_EQ(s.source_port, kOurPort);
    EXPECT_EQ(s.destination_port, kTheirPort);
    return s;
  }
  void acts(const std::function<void(Connection&)>& action) {
    stack_.pipeline().call(id, action, stack_.now());
    stack_.round();
  }
  void silent() {
    for (const Sent& s : stack_.sent()) ADD_FAILURE() << "unexpected: " << describe(s);
    stack_.sent().clear();
  }
  void is_open() {
    EXPECT_EQ(state(), State::established);
    EXPECT_EQ(service().opened, 1);
  }
  void opens(Seg offer = syn_ack().mss(1400)) {
    sends(offer.seq(kIrs).ack(iss + 1));
    const Sent s = next();
    EXPECT_EQ(s.flags, kAck);
    EXPECT_EQ(s.seq, iss + 1);
    EXPECT_EQ(s.ack, kIrs + 1);
    is_open();
  }
  [[nodiscard]] State state() {
    const auto flows = stack_.flows();
    return flows.empty() ? State::free : flows.front().state;
  }
  [[nodiscard]] ScriptedService& service() { return stack_.script(); }
  [[nodiscard]] Stack& stack() { return stack_; }

  FlowId id = kNoFlow;
  Sent first;  // our SYN
  std::uint32_t iss = 0;

 private:
  static Stack::Config config() {
    Stack::Config c;
    c.tune = [](Snapshot& s) {
      for (const Family f : kBoth) {
        s.listeners.add({our_address(f), kOurPort, Transport::tcp, kScripted, false});
      }
    };
    return c;
  }
  Family family_;
  Stack stack_;
  std::uint16_t place_ = 0;
};

TEST_P(Opening, TheSynOffersWhatThereIs) {
  Server server(family());
  const Sent& s = server.first;
  EXPECT_EQ(s.flags, kSyn | kEce | kCwr);
  EXPECT_EQ(s.options.mss, family() == Family::v4 ? 1460 : 1440);
  EXPECT_TRUE(s.options.has_window_scale);
  EXPECT_TRUE(s.options.sack_permitted);
  EXPECT_TRUE(s.options.has_timestamps);
  EXPECT_EQ(s.options.ts_echo, 0U);
  EXPECT_EQ(s.text, "");
  EXPECT_EQ(server.state(), State::syn_sent);
  EXPECT_EQ(server.stack().mib(Mib::TcpActiveOpens), 1U);
  EXPECT_EQ(server.service().opened, 0);
}
TEST_P(Opening, OnceAndNotTwice) {
  Server server(family());
  EXPECT_EQ(server.dial(), kNoFlow);
  server.silent();
}
// MUST-46: "A TCP implementation MUST reject as an error a local OPEN call for an invalid remote IP
// address".
TEST_P(Opening, NobodyIsCalledWhoCannotAnswer) {
  Server server(family());
  for (const char* nobody :
       {"224.0.0.1", "255.255.255.255", "192.0.2.255", "0.0.0.0", "ff02::1", "::"}) {
    EXPECT_EQ(server.calls(address(nobody)), kNoFlow) << nobody;
  }
  EXPECT_EQ(server.calls(our_address(family())), kNoFlow) << "ourselves";
  server.silent();
}
TEST_P(Opening, ASynAckOpens) {
  Server server(family());
  server.opens();
  server.sends(data("hello").seq(kIrs + 1).ack(server.iss + 1));
  EXPECT_EQ(server.service().text, "hello");
  EXPECT_EQ(server.stack().flows().front().rx_bytes, 5U);
  EXPECT_EQ(server.stack().mib(Mib::TcpPassiveOpens), 0U);
}
TEST_P(Opening, WhatThePeerDoesNotOfferIsNotUsed) {
  Server server(family());
  server.opens(syn_ack());
  const FlowEntry flow = server.stack().flows().front();
  EXPECT_EQ(flow.mss, family() == Family::v4 ? 536 : 1220);
  EXPECT_FALSE(flow.timestamps);
  EXPECT_FALSE(flow.sack);
  EXPECT_FALSE(flow.window_scale);
}
TEST_P(Opening, WhatBothOfferIsUsed) {
  Server server(family());
  server.service().at_open = [](Connection& c) { c.send("hello"); };
  server.sends(syn_ack()
                   .with(kEce)
                   .mss(1400)
                   .ws(5)
                   .sack_ok()
                   .ts(77, server.first.options.ts_value)
                   .win(1000)
                   .seq(kIrs)
                   .ack(server.iss + 1));
  server.is_open();
  const Sent s = server.next();  // the ACK rides with the text
  EXPECT_EQ(s.text, "hello");
  EXPECT_EQ(s.ack, kIrs + 1);
  EXPECT_EQ(s.options.ts_echo, 77U);
  EXPECT_EQ(s.traffic_class & 3, 2) << "ECN was agreed on";
  server.silent();
  FlowEntry flow = server.stack().flows().front();
  EXPECT_TRUE(flow.sack);
  EXPECT_EQ(flow.snd_wnd, 1000U) << "the window of a SYN-ACK is not scaled";
  server.sends(ack().seq(kIrs + 1).ack(server.iss + 6).win(1000).ts(78, s.options.ts_value));
  EXPECT_EQ(server.stack().flows().front().snd_wnd, 32'000U);
}
// First: "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset ... unless the RST bit is set".
TEST_P(Opening, AnAckOfSomethingElseIsReset) {
  Server server(family());
  for (const std::uint32_t wrong : {server.iss, server.iss + 2, server.iss - 7}) {
    for (const std::uint8_t f : {kAck, kSyn}) {
      server.sends(flags(kAck).with(f).seq(kIrs).ack(wrong));
      const Sent s = server.next();
      EXPECT_EQ(s.flags, kRst);
      EXPECT_EQ(s.seq, wrong);
    }
    server.sends(rst_ack().seq(kIrs).ack(wrong));
    server.silent();
  }
  EXPECT_EQ(server.state(), State::syn_sent);
  server.opens();
}
// Second: "If the ACK was acceptable, signal 'error: connection reset'".
TEST_P(Opening, AResetRefuses) {
  Server server(family());
  server.sends(rst().seq(kIrs));
  EXPECT_EQ(server.state(), State::syn_sent) << "it acknowledges nothing";
  server.sends(rst_ack().seq(0).ack(server.iss + 1));
  EXPECT_EQ(server.state(), State::free);
  EXPECT_EQ(server.service().ends, std::vector{EndReason::reset});
  EXPECT_EQ(server.service().opened, 0);
  server.silent();
}
// Fifth: "if neither of the SYN or RST bits is set, then drop the segment".
TEST_P(Opening, WhatIsNeitherSynNorResetIsDropped) {
  Server server(family());
  server.sends(ack().seq(kIrs).ack(server.iss + 1));
  server.sends(fin().seq(kIrs).ack(server.iss + 1));
  server.sends(data("early").seq(kIrs).ack(server.iss + 1));
  server.sends(flags(0).seq(kIrs));
  server.silent();
  EXPECT_EQ(server.state(), State::syn_sent);
  EXPECT_EQ(server.service().text, "");
}
// Row 77, §3.5 figure 8: both ends open, and there is one connection.
TEST_P(Opening, BothAtOnceByAcks) {
  Server server(family());
  server.sends(syn().mss(1400).seq(kIrs));
  const Sent s = server.next();
  EXPECT_EQ(s.flags & (kSyn | kAck), kSyn | kAck);
  EXPECT_EQ(s.seq, server.iss);
  EXPECT_EQ(s.ack, kIrs + 1);
  EXPECT_EQ(server.state(), State::syn_received);
  EXPECT_EQ(server.service().opened, 0);
  server.sends(ack().seq(kIrs + 1).ack(server.iss + 1));
  server.is_open();
  server.silent();
}
TEST_P(Opening, BothAtOnceBySynAcks) {
  Server server(family());
  server.sends(syn().mss(1400).seq(kIrs));
  server.next();
  server.sends(syn_ack().mss(1400).seq(kIrs).ack(server.iss + 1));
  server.is_open();
  server.sends(data("hello").seq(kIrs + 1).ack(server.iss + 1));
  EXPECT_EQ(server.service().text, "hello");
}
TEST_P(Opening, OfBothAtOnceALostSynAckComesAgain) {
  Server server(family());
  server.sends(syn().seq(kIrs));
  server.next();
  server.stack().advance(1100ms);
  const Sent s = server.next();
  EXPECT_EQ(s.flags & (kSyn | kAck), kSyn | kAck);
  EXPECT_EQ(s.seq, server.iss);
  server.sends(syn().seq(kIrs));
  EXPECT_EQ(server.next().flags & kSyn, kSyn);
}
TEST_P(Opening, ARefusalInSynReceivedIsTold) {
  Server server(family());
  server.sends(syn().seq(kIrs));
  server.next();
  server.sends(rst().seq(kIrs + 1));
  EXPECT_EQ(server.state(), State::free);
  EXPECT_EQ(server.service().ends, std::vector{EndReason::reset});
  for (const ServiceCounters& service : server.stack().counters().services) {
    EXPECT_EQ(service.half_open.get(), 0U);
  }
}
// Row 75, MUST-23: R2 of a SYN is three minutes at least. RFC 3168 §6.1.1.1: again without ECN.
TEST_P(Opening, ASilentPeerIsAskedForThreeMinutes) {
  Server server(family());
  const Instant began = server.stack().now();
  Duration wait = 1s;
  int tries = 0;
  Instant last = began;
  while (server.state() == State::syn_sent) {
    server.stack().advance(1ms);
    if (server.stack().sent().empty()) continue;
    const Sent s = server.next();
    EXPECT_EQ(s.flags, kSyn);
    EXPECT_EQ(s.seq, server.iss);
    EXPECT_GE(server.stack().now() - last, wait - 2ms);
    EXPECT_LE(server.stack().now() - last, wait + 5ms);
    last = server.stack().now();
    wait = std::min<Duration>(2 * wait, 60s);
    ++tries;
  }
  EXPECT_GE(tries, 5);
  EXPECT_GE(server.stack().now() - began, 180s);
  EXPECT_LE(server.stack().now() - began, 300s);
  EXPECT_EQ(server.service().ends, std::vector{EndReason::timed_out});
}
TEST_P(Opening, TheServiceMayEndItAtOnce) {
  Server server(family());
  server.service().at_open = [](Connection& c) { c.abort(); };
  server.sends(syn_ack().seq(kIrs).ack(server.iss + 1));
  EXPECT_EQ(server.next().flags & kRst, kRst);
  EXPECT_EQ(server.state(), State::free);
  EXPECT_EQ(server.service().ends, std::vector{EndReason::aborted});
}
// RFC 7323 §2.2: the window of a segment with a SYN is never scaled, in figure 8 either.
TEST_P(Opening, OfBothAtOnceTheWindowIsNotScaled) {
  Server server(family());
  server.sends(syn().mss(1400).ws(5).win(1000).seq(kIrs));
  server.next();
  server.sends(syn_ack().mss(1400).ws(5).win(1000).seq(kIrs).ack(server.iss + 1));
  server.is_open();
  EXPECT_EQ(server.stack().flows().front().snd_wnd, 1000U);
}
// §3.10.4, CLOSE: SYN-SENT is forgotten; in SYN-RECEIVED the FIN waits for ESTABLISHED.
TEST_P(Opening, ACloseBeforeAnAnswerForgetsIt) {
  Server server(family());
  server.acts([](Connection& c) { c.close(); });
  EXPECT_EQ(server.state(), State::free);
  EXPECT_EQ(server.service().ends, std::vector{EndReason::aborted});
  server.silent();
}
TEST_P(Opening, OfBothAtOnceACloseWaitsForTheHandshake) {
  Server server(family());
  server.sends(syn().mss(1400).seq(kIrs));
  server.next();
  server.acts([](Connection& c) {
    c.send("last words");
    c.close();
  });
  server.silent();
  server.sends(ack().seq(kIrs + 1).ack(server.iss + 1));
  const Sent s = server.next();
  EXPECT_EQ(s.text, "last words");
  EXPECT_EQ(s.flags & kFin, kFin);
  EXPECT_EQ(server.state(), State::fin_wait_1);
  server.sends(ack().seq(kIrs + 1).ack(server.iss + 12));
  EXPECT_EQ(server.state(), State::fin_wait_2);
}
// The place is for us to open from: nobody else opens there.
TEST_P(Opening, NobodyOpensToAnActivePlace) {
  Server server(family());
  Seg stranger = syn().seq(kIrs);
  stranger.source_port = 9;
  stranger.destination_port = kOurPort;
  server.stack().receive(tcp_frame(from_peer(family()), stranger));
  EXPECT_EQ(server.stack().sent().front().flags, kRst | kAck);
}
TEST_P(Opening, AStopInTheMiddleSaysNothing) {
  Server server(family());
  server.stack().shut_down();
  server.silent();
  EXPECT_EQ(server.service().ends, std::vector{EndReason::shut_down});
}

}  // namespace
}  // namespace weir::test
