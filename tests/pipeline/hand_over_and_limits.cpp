// What two workers share and what each of them bounds.
#include "lab.hpp"

namespace weir::test {
namespace {

using HandOver = BothFamilies;
WEIR_BOTH_FAMILIES(HandOver);
using Limits = BothFamilies;
WEIR_BOTH_FAMILIES(Limits);

Octets segment(Family f, std::uint16_t source_port, Seg seg) {
  seg.source_port = source_port;
  return tcp_frame(from_peer(f), seg);
}
std::function<void(Stack::Config&)> worker(std::uint16_t self) {
  return [self](Stack::Config& c) { c.self = self, c.workers = 2; };
}

// A port that does not spread flows gives all to one worker: each segment goes where Toeplitz says.
TEST_P(HandOver, EachFlowLivesAtItsOwner) {
  Lab first(worker(0)), second(worker(1));
  const Secrets secrets = Secrets::derive(1, 0x5eed);
  const Toeplitz hash(secrets.rss_key);
  const Owners owners = Owners::spread(2);
  std::uint64_t mine = 0, strays = 0;
  for (std::uint16_t port = 40000; port < 40064; ++port) {
    const std::uint16_t owner =
        owners.worker_of(hash(peer_address(family()), our_address(family()), port, kScriptPort));
    first.receive(segment(family(), port, syn().seq(port)));
    Burst& handed = first.pipeline().strays(1);
    if (owner == 0) {
      ++mine;
      EXPECT_TRUE(handed.empty());
      EXPECT_EQ(first.only().ack, port + 1U);
      continue;
    }
    ++strays;
    ASSERT_EQ(handed.size(), 1U);
    EXPECT_TRUE(handed[0].has(kHandedOver));
    EXPECT_TRUE(first.sent().empty());
    second.receive(handed);
    EXPECT_EQ(second.only().ack, port + 1U);
  }
  EXPECT_GT(mine, 10U);
  EXPECT_GT(strays, 10U);
  // Received where it is decided about, once.
  EXPECT_EQ(first.counters().handoff_out.get(), strays);
  EXPECT_EQ(first.counters().received.get(), mine);
  EXPECT_EQ(second.counters().received.get(), strays);
  EXPECT_EQ(first.counters().flows.get(), mine);
  EXPECT_EQ(second.counters().flows.get(), strays);
  EXPECT_TRUE(first.counters().adds_up());
  EXPECT_TRUE(second.counters().adds_up());
}

// Whoever is handed a frame keeps it, whatever its own table says: nothing goes round in circles.
TEST_P(HandOver, AFrameIsHandedOverOnce) {
  Lab lab(worker(0));
  for (std::uint16_t port = 40000; port < 40016; ++port) {
    lab.receive(segment(family(), port, syn().seq(1)), kHandedOver);
  }
  EXPECT_EQ(lab.counters().flows.get(), 16U);
  EXPECT_EQ(lab.counters().handoff_out.get(), 0U);
}

TEST_P(HandOver, WhatTheRingDoesNotTakeIsCounted) {
  Lab lab(worker(0));
  std::uint16_t port = 40000;
  Burst& strays = lab.pipeline().strays(1);
  while (strays.empty()) lab.receive(segment(family(), port++, syn().seq(1)));
  lab.pipeline().stray_lost();
  strays.clear();
  EXPECT_EQ(lab.dropped(Drop::handoff_full), 1U);
  EXPECT_TRUE(lab.counters().adds_up());
}

// A queue that stands half full: new connections are refused by name, those that are open go on.
TEST_P(Limits, WhoCannotKeepUpRefusesNewConnections) {
  Lab lab;
  lab.receive(segment(family(), 39000, syn().seq(1)));
  const std::uint32_t iss = lab.only().seq;
  lab.receive(segment(family(), 39000, ack().seq(2).ack(iss + 1)));
  const auto lets_in = [&](std::uint16_t first) {
    std::uint32_t n = 0;
    for (std::uint16_t port = first; port < first + 100; ++port) {
      lab.sent().clear();
      lab.receive(segment(family(), port, syn().seq(1)));
      n += static_cast<std::uint32_t>(lab.sent().size());
    }
    return n;
  };
  Pressure& pressure = lab.pipeline().pressure();
  bool half_full = true;
  const auto pass = [&](std::uint32_t frames, int ms) {
    for (int i = 0; i < ms; ++i) {
      if (pressure.wants_sounding(0)) pressure.sounded(0, half_full);
      pressure.saw(0, frames);
      lab.advance(1ms);
      pressure.advance(Tick(lab.now()));
    }
  };
  EXPECT_EQ(lets_in(40000), 100U);
  half_full = false;
  pass(kMaxBurst, 300);  // old connections, each of which waits for its answer
  EXPECT_EQ(lets_in(45000), 100U);
  half_full = true;
  pass(kMaxBurst, 10);  // a crowd
  EXPECT_GE(lets_in(41000), 80U);
  pass(kMaxBurst, 90);
  const std::uint32_t half = lets_in(42000);
  EXPECT_GT(half, 25U);
  EXPECT_LT(half, 75U);
  pass(kMaxBurst, 200);
  EXPECT_LT(lets_in(43000), 20U);  // some always get in
  EXPECT_GE(lab.dropped(Drop::tcp_overload), 80U + 25U);
  lab.sent().clear();
  lab.receive(segment(family(), 39000, data("still served").seq(2).ack(iss + 1)));
  lab.advance(50ms);
  EXPECT_EQ(lab.only().ack, 14U);
  pass(kMaxBurst - 1, 400);
  EXPECT_EQ(lets_in(44000), 100U);
}
// After a wait, or a start, one full burst is a crowd and no more.
TEST_P(Limits, AFullBurstAfterAWaitIsNoOverload) {
  Lab lab;
  Pressure& pressure = lab.pipeline().pressure();
  for (int i = 0; i < 10; ++i) {
    pressure.advance(Tick(lab.now()));
    pressure.saw(0, kMaxBurst);
    pressure.advance(Tick(lab.now()));
    pressure.saw(0, kMaxBurst - 1);  // and that was all
    lab.advance(100ms);
  }
  EXPECT_EQ(pressure.share(), 0.0);
  EXPECT_FALSE(pressure.wants_sounding(0));
  pressure.advance(Tick(lab.now()));
  pressure.saw(0, kMaxBurst);
  lab.advance(1ms);
  pressure.advance(Tick(lab.now()));
  ASSERT_TRUE(pressure.wants_sounding(0));
  pressure.sounded(0, true);
  EXPECT_FALSE(pressure.wants_sounding(0)) << "once a millisecond";
  pressure.saw(0, kMaxBurst);
  lab.advance(1s);  // something else kept the worker
  pressure.advance(Tick(lab.now()));
  EXPECT_GT(pressure.share(), 0.0);
  EXPECT_LT(pressure.share(), 0.06);
  // Who could not look has not seen that it became better.
  const double before = pressure.share();
  lab.advance(1s);
  pressure.advance(Tick(lab.now()));
  EXPECT_EQ(pressure.share(), before);
}

// Whoever makes frames asks for room before; if that is forgotten, what is lost is counted.
TEST_P(Limits, APortThatTakesNoMoreLosesFramesByName) {
  Lab lab;
  Burst burst;
  const Octets datagram = udp_frame(from_peer(family()), 40000, kEchoPort, "x");
  for (std::uint32_t i = 0; i < TxBuffer::kCapacity + 3; ++i) {
    burst.push(lab.pool().make(datagram));
    lab.pipeline().process(burst, lab.now());
  }
  EXPECT_EQ(lab.pipeline().sender().room(), 0U);
  EXPECT_EQ(lab.mib(Mib::TxNoRoom), 3U);
}

// Only flows have an owner.
TEST_P(HandOver, DatagramsAreAnsweredWhereTheyArrive) {
  Lab lab(worker(0));
  for (std::uint16_t port = 40000; port < 40032; ++port) {
    EXPECT_EQ(lab.answer_to(udp_frame(from_peer(family()), port, kEchoPort, "x")).text, "x");
  }
}

// RFC 9293 §3.10.7.1: the forms of the reset.
TEST_P(Limits, AClosedPortResets) {
  Lab lab;
  const auto answer = [&](Seg seg) {
    seg.destination_port = kClosedPort;
    return lab.answer_to(tcp_frame(from_peer(family()), seg));
  };
  const auto is = [](const Sent& s, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
    EXPECT_EQ(s.flags, flags);
    EXPECT_EQ(s.seq, seq);
    EXPECT_EQ(s.ack, ack);
    EXPECT_EQ(s.source_port, kClosedPort);
    EXPECT_TRUE(s.text.empty());
    EXPECT_EQ(s.header_size, 20U);
  };
  is(answer(syn().seq(100).mss(1460)), kRst | kAck, 0, 101);
  is(answer(syn().seq(100).text("abc")), kRst | kAck, 0, 104);
  is(answer(flags(kSyn | kFin).seq(0xffffffff)), kRst | kAck, 0, 1);
  is(answer(flags(0).seq(100).text("abc")), kRst | kAck, 0, 103);
  is(answer(ack().seq(100).ack(777)), kRst, 777, 0);
  is(answer(syn_ack().seq(100).ack(777)), kRst, 777, 0);
  is(answer(fin().seq(100).ack(777).text("abc")), kRst, 777, 0);
  EXPECT_EQ(lab.refused(Drop::tcp_no_listener), 7U);
  Seg reset = rst();
  reset.destination_port = kClosedPort;
  lab.is_silent_to(tcp_frame(from_peer(family()), reset), Drop::tcp_stray_reset);
}

TEST_P(Limits, ResetsAreLimited) {
  Lab lab(tuned([](Snapshot& s) { s.rst_limit = 2; }));
  Seg closed = syn();
  closed.destination_port = kClosedPort;
  for (int round = 0; round < 3; ++round) {
    lab.answer_to(tcp_frame(from_peer(family()), closed));
    EXPECT_EQ(lab.answer_to(segment(family(), 4, ack())).flags, kRst);
    lab.is_silent_to(tcp_frame(from_peer(family()), closed), Drop::tcp_no_listener);
    lab.is_silent_to(segment(family(), 4, ack().seq(1).ack(1)), Drop::tcp_no_connection);
    lab.advance(1s);
  }
}

TEST_P(Limits, AFullTableTakesNoMore) {
  Lab lab(tuned([](Snapshot& s) {
    s.max_flows = 16;
    s.tcp.cookies = tcp::Cookies::off;
  }));
  const auto capacity = static_cast<std::uint16_t>(lab.pipeline().memory().max_flows);
  for (std::uint16_t i = 0; i < capacity; ++i) {
    EXPECT_EQ(lab.answer_to(segment(family(), 1000 + i, syn())).flags, kSyn | kAck);
  }
  lab.is_silent_to(segment(family(), 999, syn()), Drop::tcp_table_full);
  lab.receive(segment(family(), 1000, rst().seq(1)));
  EXPECT_EQ(lab.answer_to(segment(family(), 999, syn())).flags, kSyn | kAck);
}

TEST_P(Limits, AFullBacklogTakesNoMore) {
  Lab lab(tuned([](Snapshot& s) {
    for (ServiceLimits& service : s.services) service.backlog = 2;
    s.tcp.cookies = tcp::Cookies::off;
  }));
  const std::uint32_t iss = lab.answer_to(segment(family(), 1000, syn())).seq;
  lab.answer_to(segment(family(), 1001, syn()));
  lab.is_silent_to(segment(family(), 1002, syn()), Drop::tcp_backlog_full);
  lab.receive(segment(family(), 1000, ack().seq(1).ack(iss + 1)));
  lab.answer_to(segment(family(), 1002, syn()));
}

TEST_P(Limits, AFullServiceTakesNoMore) {
  Lab lab(tuned([](Snapshot& s) {
    for (ServiceLimits& service : s.services) service.max_connections = 1;
  }));
  const std::uint32_t iss = lab.answer_to(segment(family(), 1000, syn())).seq;
  lab.receive(segment(family(), 1000, ack().seq(1).ack(iss + 1)));
  lab.is_silent_to(segment(family(), 1001, syn()), Drop::tcp_service_full);
  lab.receive(segment(family(), 1000, rst().seq(1)));
  EXPECT_EQ(lab.answer_to(segment(family(), 1001, syn())).flags, kSyn | kAck);
}

// A source has its share of the table, whatever else it may do.
TEST_P(Limits, ASourceWithItsFillGetsNoMore) {
  Lab lab(tuned([](Snapshot& s) { s.max_flows_per_source = 2; }));
  const std::uint32_t iss = lab.answer_to(segment(family(), 1000, syn())).seq;
  lab.receive(segment(family(), 1000, ack().seq(1).ack(iss + 1)));
  // Handshakes that are not complete may be forged: they take nothing from the share.
  const std::uint32_t second = lab.answer_to(segment(family(), 1001, syn())).seq;
  for (std::uint16_t port = 2000; port < 2010; ++port) {
    lab.answer_to(segment(family(), port, syn()));
  }
  lab.receive(segment(family(), 1001, ack().seq(1).ack(second + 1)));
  lab.is_silent_to(segment(family(), 1002, syn()), Drop::tcp_source_full);
  // Another one is not meant; of IPv6 the /64 counts.
  const Address stranger =
      family() == Family::v4 ? stranger_address(Family::v4) : address("2001:db8:1::9");
  lab.learn(stranger, kPeerMac);
  Ends ends = from(stranger, family());
  Seg first = syn();
  first.source_port = 1002;
  lab.receive(tcp_frame(ends, first));
  EXPECT_EQ(lab.dropped(Drop::tcp_source_full), 1U);
  lab.receive(segment(family(), 1000, rst().seq(1)));
  EXPECT_EQ(lab.answer_to(segment(family(), 1002, syn())).flags, kSyn | kAck);
}

// The service keeps the frame and aborts, and no other frame is left for the reset.
TEST_P(Limits, WithoutABufferThereIsNoReply) {
  Lab lab([](Stack::Config& c) { c.pool = 32; });
  std::vector<Frame> kept;
  lab.script().at_text = [&](Connection& c, Text& t) {
    kept.push_back(std::move(*t.frame));
    c.abort();
    return t.bytes.size();
  };
  const std::uint32_t iss = lab.answer_to(segment(family(), 1000, syn())).seq;
  lab.receive(segment(family(), 1000, ack().seq(1).ack(iss + 1)));
  Burst burst;
  burst.push(lab.pool().make(segment(family(), 1000, data("x").seq(1).ack(iss + 1))));
  while (Frame frame = lab.pool().pool().allocate()) kept.push_back(std::move(frame));
  lab.receive(burst);
  EXPECT_EQ(lab.dropped(Drop::frames_exhausted), 1U);
  EXPECT_TRUE(lab.sent().empty());
}

}  // namespace
}  // namespace weir::test
