// Streams over a bad cable: every byte arrives, once, in order, whatever happens on the way.
#include <cstdlib>

#include "conversation.hpp"

namespace weir::test {
namespace {

struct Weather {
  const char* name;
  Faults faults;
  int seeds;
};
Faults faults(double loss, double duplicate, double reorder, double corrupt, Duration delay = 2ms) {
  Faults f;
  f.loss = loss;
  f.duplicate = duplicate;
  f.reorder = reorder;
  f.corrupt = corrupt;
  f.delay = delay;
  f.jitter = 1ms;
  f.reorder_by = 10ms;
  return f;
}
Faults gusts() {
  Faults f = faults(0.01, 0, 0, 0);
  f.outage = 0.01;
  f.outage_for = 30ms;
  return f;
}
const Weather kWeathers[] = {
    {"calm", faults(0, 0, 0, 0), 4},
    {"lossy", faults(0.05, 0, 0, 0), 12},
    {"reordering", faults(0, 0.02, 0.2, 0), 8},
    {"corrupting", faults(0, 0, 0, 0.03), 8},
    {"stormy", faults(0.08, 0.05, 0.15, 0.02), 16},
    {"a tenth each way", faults(0.1, 0, 0, 0), 8},
    {"gusty", gusts(), 8},
    {"far away", faults(0.02, 0, 0.02, 0, 120ms), 4},
};
/// WEIR_SEEDS=50 takes fifty times as many.
int times() {
  const char* const word = std::getenv("WEIR_SEEDS");
  return word == nullptr ? 1 : std::max(std::atoi(word), 1);
}

/// Options come in all combinations, sequence numbers begin before the wrap (row 86).
ModelClient::Config client_for(Family f, std::uint64_t seed) {
  ModelClient::Config c;
  c.family = f;
  c.timestamps = (seed & 1) != 0;
  c.sack = (seed & 2) != 0;
  if ((seed & 4) != 0) c.scale = static_cast<std::uint8_t>(seed % 9);
  c.isn = seed % 3 == 0 ? 0xffffff00U : static_cast<std::uint32_t>(seed * 2654435761U);
  constexpr std::uint16_t kMss[] = {1460, 536, 1000, 100};
  c.mss = kMss[seed / 8 % 4];
  constexpr std::uint32_t kBuffers[] = {65535, 8192, 30000, 200'000};
  c.receive_buffer = kBuffers[seed / 2 % 4];
  if (!c.scale) c.receive_buffer = std::min(c.receive_buffer, 65535U);
  return c;
}

Stack::Config stack_for(std::uint64_t seed, tcp::Cookies cookies = tcp::Cookies::automatic) {
  Stack::Config c;
  c.pool = 1024;
  c.source_bytes = 40'000;
  c.source_by = seed % 2 == 0 ? SourceService::By::reference : SourceService::By::copy;
  c.tune = [seed, cookies](Snapshot& s) {
    s.max_flows = 64;
    s.tcp.cookies = cookies;
    s.tcp.receive_buffer = seed % 5 == 0 ? 10'000 : 256 * 1024;
    s.tcp.send_buffer = seed % 7 == 0 ? 5000 : 256 * 1024;
  };
  return c;
}

using Run = std::function<void(Family, const Faults&, std::uint64_t seed)>;
void in_all_weathers(const Run& run) {
  for (const Weather& weather : kWeathers) {
    for (int i = 0; i < weather.seeds * times(); ++i) {
      for (const Family f : kBoth) {
        const std::uint64_t seed = static_cast<std::uint64_t>(i) * 31 + 7 +
                                   static_cast<std::uint64_t>(&weather - kWeathers) * 1'000'000;
        SCOPED_TRACE(testing::Message() << weather.name << " seed " << seed << " "
                                        << (f == Family::v4 ? "IPv4" : "IPv6"));
        run(f, weather.faults, seed);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(Streams, EchoReturnsEveryByte) {
  in_all_weathers([](Family f, const Faults& faults, std::uint64_t seed) {
    ModelClient::Config c = client_for(f, seed);
    c.send_total = c.mss < 200 ? 6000 : 30'000;
    c.expects_total = c.send_total;
    Conversation talk(c, stack_for(seed), faults, seed);
    EXPECT_TRUE(talk.run(10min)) << "received " << talk.client().received() << ", acknowledged "
                                 << talk.client().acknowledged();
    EXPECT_EQ(talk.client().received(), c.send_total);
    EXPECT_EQ(talk.client().damaged_bytes(), 0U);
    EXPECT_EQ(talk.client().reset(), "");
  });
}

// The client closes while its echo is still under way: half close (row 149).
TEST(Streams, EchoReturnsEveryByteAfterTheClientHasClosed) {
  in_all_weathers([](Family f, const Faults& faults, std::uint64_t seed) {
    ModelClient::Config c = client_for(f, seed);
    c.send_total = 5000;
    Conversation talk(c, stack_for(seed), faults, seed);
    EXPECT_TRUE(talk.run(10min)) << "received " << talk.client().received();
    EXPECT_EQ(talk.client().received(), c.send_total);
    EXPECT_EQ(talk.client().damaged_bytes(), 0U);
    EXPECT_EQ(talk.client().reset(), "");
  });
}

// The client sends as much as `to_send` says for a seed and reads 40,000 bytes.
void a_source_arrives_whole(std::uint32_t (*to_send)(std::uint64_t seed),
                            std::optional<std::uint32_t> expects) {
  in_all_weathers([&](Family f, const Faults& faults, std::uint64_t seed) {
    ModelClient::Config c = client_for(f, seed);
    c.port = kSourcePort;
    c.send_total = to_send(seed);
    if (expects) c.expects_total = *expects;
    Conversation talk(c, stack_for(seed), faults, seed);
    EXPECT_TRUE(talk.run(10min)) << "received " << talk.client().received();
    EXPECT_EQ(talk.client().received(), 40'000U);
    EXPECT_EQ(talk.client().damaged_bytes(), 0U);
    EXPECT_EQ(talk.client().reset(), "");
  });
}

TEST(Streams, ASourceArrivesWhole) {
  a_source_arrives_whole([](std::uint64_t) { return 100U; }, 40'000);
}

// Both ends close when they have sent their part: simultaneous close happens by itself (row 151).
TEST(Streams, BothCloseWithoutWaiting) {
  a_source_arrives_whole([](std::uint64_t seed) { return seed % 2 == 0 ? 0U : 40'000U; }, {});
}

TEST(Streams, DiscardTakesEverything) {
  in_all_weathers([](Family f, const Faults& faults, std::uint64_t seed) {
    ModelClient::Config c = client_for(f, seed);
    c.port = kDiscardPort;
    c.send_total = 40'000;
    Conversation talk(c, stack_for(seed), faults, seed);
    EXPECT_TRUE(talk.run(10min)) << "acknowledged " << talk.client().acknowledged();
    EXPECT_EQ(talk.client().received(), 0U);
  });
}

// Row 82: with cookies alone, and what they can keep is kept. The cookie comes back in the first
// segment that arrives; where that is not the first that was sent, it does not fit, and the client
// is reset and tries again: the price of holding no state (RFC 4987 §3.6).
TEST(Streams, EchoWithCookiesAlone) {
  static int resets;
  resets = 0;
  in_all_weathers([](Family f, const Faults& faults, std::uint64_t seed) {
    ModelClient::Config c = client_for(f, seed);
    c.mss = std::max<std::uint16_t>(c.mss, 536);
    c.send_total = 8000;
    c.expects_total = c.send_total;
    Conversation talk(c, stack_for(seed, tcp::Cookies::always), faults, seed);
    EXPECT_TRUE(talk.run(10min)) << "received " << talk.client().received();
    EXPECT_EQ(talk.client().damaged_bytes(), 0U);
    if (!talk.client().reset().empty()) {
      ++resets;
      EXPECT_EQ(talk.client().received(), 0U) << talk.client().reset();
      return;
    }
    EXPECT_EQ(talk.client().received(), c.send_total);
    EXPECT_GE(talk.stack().mib(Mib::TcpSynCookiesRecv), 1U);
  });
  EXPECT_LE(resets, 10 * times());
}

// Row 109: a reader that takes 50 bytes a millisecond; the windows of both sides close and open.
TEST(Streams, ASlowReaderGetsEveryByte) {
  for (const Family f : kBoth) {
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
      SCOPED_TRACE(seed);
      ModelClient::Config c = client_for(f, seed);
      c.receive_buffer = 4000 + static_cast<std::uint32_t>(seed) * 100;
      c.read_per_ms = 50;
      c.send_total = 30'000;
      c.expects_total = c.send_total;
      Conversation talk(c, stack_for(seed),
                        seed % 2 == 0 ? faults(0, 0, 0, 0) : faults(0.03, 0.02, 0.1, 0), seed);
      EXPECT_TRUE(talk.run(5min)) << "received " << talk.client().received();
      EXPECT_EQ(talk.client().received(), c.send_total);
      EXPECT_EQ(talk.client().damaged_bytes(), 0U);
      if (HasFailure()) return;
    }
  }
}

// Rows 111, 112, MUST-37: the window stays closed for 10 minutes while the probes are answered.
TEST(Streams, AClosedWindowIsProbedForTenMinutesAndMore) {
  for (const Family f : kBoth) {
    ModelClient::Config c = client_for(f, 1);
    c.port = kSourcePort;
    c.receive_buffer = 4000;
    c.read_per_ms = 0;
    c.expects_total = 40'000;
    Conversation talk(c, stack_for(2), faults(0, 0, 0, 0), 3);
    talk.run_for(12min);
    EXPECT_EQ(talk.client().reset(), "");
    EXPECT_GT(talk.stack().mib(Mib::TcpZeroWindowProbes), 10U);
    EXPECT_LT(talk.stack().mib(Mib::TcpZeroWindowProbes), 60U);
    talk.client().read_again();
    EXPECT_TRUE(talk.run(2min)) << "received " << talk.client().received();
    EXPECT_EQ(talk.client().received(), 40'000U);
  }
}

// The same for the other direction: a service that never reads closes its window for good, and
// keeps answering.
TEST(Streams, AServiceThatNeverReadsHoldsABufferAndNoMore) {
  for (const Family f : kBoth) {
    ModelClient::Config c = client_for(f, 4);
    c.port = kHoldPort;
    c.send_total = 1'000'000;
    c.isn = 0xffffff00;
    Stack::Config stack = stack_for(1);
    stack.tune = [](Snapshot& s) {
      s.max_flows = 64;
      s.tcp.receive_buffer = 50'000;
    };
    Conversation talk(c, std::move(stack), faults(0.01, 0, 0, 0), 5);
    talk.run_for(15min);
    EXPECT_EQ(talk.client().reset(), "");
    EXPECT_GE(talk.client().acknowledged(), 48'000U);
    EXPECT_LE(talk.client().acknowledged(), 52'000U);
    EXPECT_LE(talk.stack().pool().in_use(), 130U);
  }
}

// Row 113, and the service that reads little by little.
TEST(Streams, AServiceThatReadsALittleAtATimeGetsEveryByte) {
  for (const Family f : kBoth) {
    for (std::uint64_t seed = 1; seed < 12; ++seed) {
      ModelClient::Config c = client_for(f, seed);
      c.port = kScriptPort;
      c.send_total = 20'000;
      Stack::Config stack = stack_for(seed);
      stack.tune = [](Snapshot& s) {
        s.max_flows = 64;
        s.tcp.receive_buffer = 4000;
      };
      Conversation talk(c, std::move(stack), faults(0.02, 0, 0.05, 0), seed);
      ScriptedService& service = talk.stack().script();
      std::size_t may_read = 0;
      service.at_text = [&](Connection&, Text& t) {
        const std::size_t n = std::min(may_read, t.bytes.size());
        may_read -= n;
        return n;
      };
      service.at_open = [](Connection& conn) { conn.set_timeout(10ms); };
      service.at_timeout = [&](Connection& conn) {
        may_read = 333;
        conn.resume();
        conn.set_timeout(10ms);
      };
      service.at_peer_close = [](Connection& conn) { conn.close(); };
      EXPECT_TRUE(talk.run(5min)) << "acknowledged " << talk.client().acknowledged();
      EXPECT_EQ(service.text, pattern(0, 20'000));
    }
  }
}

}  // namespace
}  // namespace weir::test
