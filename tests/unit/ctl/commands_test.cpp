// Replies: their schemas, and that their sums are right.
#include "control/commands.hpp"

#include <gtest/gtest.h>

#include "fake_engine.hpp"

namespace weir {
namespace {

struct CommandsTest : ::testing::Test {
  Json ask(const std::string& line) {
    Reply reply = commands.execute(line);
    while (reply.task != nullptr) {
      if (auto text = reply.task->step()) {
        reply.text = *text;
        break;
      }
    }
    return Json::parse(reply.text);
  }
  FakeEngine engine;
  Log log{{LogLevel::error, LogFormat::text}};
  Commands commands{engine, {"0.1.0", "22.11", "weir.conf", "[workers]\n", {}}, log};
};

TEST_F(CommandsTest, EveryReplyNamesItsSchema) {
  for (const char* noun :
       {"status", "stats", "drops", "flows", "ports", "workers", "services", "memory", "neigh",
        "metrics", "version", "config", "route", "address", "log", "latency"}) {
    EXPECT_EQ(ask(std::string(R"({"v":1,"cmd":")") + noun + "\"}")["schema"],
              std::string("weir.") + noun + ".v1");
  }
}

TEST_F(CommandsTest, TheStatusSaysWhyClientsCannotReachAService) {
  EXPECT_EQ(ask(R"({"cmd":"status"})")["ready"], true);
  EXPECT_TRUE(ask(R"({"cmd":"status"})").at("unready").is_null());
  engine.link_up = false;
  EXPECT_EQ(ask(R"({"cmd":"status"})")["ready"], false);
  EXPECT_EQ(ask(R"({"cmd":"status"})")["unready"],
            "service web cannot be reached: port p0 has no link");
}

TEST_F(CommandsTest, RepliesToDivideByTellTheirTime) {
  for (const char* request :
       {R"({"cmd":"status"})", R"({"cmd":"workers"})", R"({"cmd":"stats"})"}) {
    const auto first = ask(request)["now_ns"].get<std::int64_t>();
    EXPECT_GT(ask(request)["now_ns"].get<std::int64_t>(), first) << request;
  }
  EXPECT_EQ(ask(R"({"cmd":"status"})")["services"][0]["ended"], 0);
  EXPECT_EQ(ask(R"({"cmd":"status"})")["services"][1]["number"], 1);
}

TEST_F(CommandsTest, WorkersAddUp) {
  const Json reply = ask(R"({"cmd":"workers"})");
  ASSERT_EQ(reply["workers"].size(), 2u);
  std::uint64_t missed = 0;
  for (const Json& w : reply["workers"]) {
    std::uint64_t sum = 0;
    for (const char* key : {"answered", "delivered", "consumed", "forwarded", "held"}) {
      sum += w.at(key).get<std::uint64_t>();
    }
    for (const auto& [reason, count] : w["dropped"].items()) sum += count.get<std::uint64_t>();
    EXPECT_EQ(w["received"], sum);
    EXPECT_EQ(w["dropped"].size(), 1u);
    for (const char* key : {"busy_cycles", "rounds", "rx_packets", "tx_packets", "handoff_in",
                            "handoff_out", "nobuf", "cpu"}) {
      EXPECT_TRUE(w.contains(key)) << key;
    }
    EXPECT_EQ(w["bursts"], 8);
    const Json stages = {
        {"receive", 1000}, {"process", 2000}, {"timers", 3000}, {"transmit", 4000}, {"send", 5000}};
    EXPECT_EQ(w["stage_cycles"], stages);
    missed += w["missed"].get<std::uint64_t>();
  }
  EXPECT_EQ(missed, 5u);
}

TEST_F(CommandsTest, LatencyIsOfAllWorkersTogetherOrOfEach) {
  engine.writable(0).of_service(0).handshake.record(50ms, 3);
  engine.writable(1).of_service(0).handshake.record(100ms);
  engine.writable(1).loop.record(4us);
  const Json handshake = ask(R"({"cmd":"latency","args":{"name":"handshake"}})")["histograms"];
  ASSERT_EQ(handshake.size(), 1u) << "one service listens for TCP";
  const Json& web = handshake[0];
  EXPECT_EQ(web["service"], "web");
  EXPECT_EQ(web["unit"], "ns");
  EXPECT_EQ(web["count"], 4);
  EXPECT_EQ(web["sum"], 250'000'000);
  EXPECT_EQ(web["mean"], 62'500'000);
  EXPECT_GE(web["p50"], 50'000'000);
  EXPECT_LT(web["p50"], 51'000'000);
  EXPECT_GE(web["max"], 100'000'000);
  ASSERT_EQ(web["buckets"].size(), 2u);
  EXPECT_EQ(web["buckets"][0], Json({web["p50"], 3}));
  EXPECT_EQ(web["buckets"][1], Json({web["max"], 1}));
  const Json loops =
      ask(R"({"cmd":"latency","args":{"name":"loop","workers":true}})")["histograms"];
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[0]["worker"], 0);
  EXPECT_EQ(loops[0]["count"], 0);
  EXPECT_TRUE(loops[0]["p99"].is_null()) << "none yet";
  EXPECT_EQ(loops[1]["count"], 1);
}

TEST_F(CommandsTest, LatencyOfAnUnknownNameSaysWhatThereIs) {
  const Json error = ask(R"({"cmd":"latency","args":{"name":"lag"}})")["error"];
  EXPECT_EQ(error["message"],
            "nothing of that name is timed; there are: loop, rx_tx, rx_burst, handshake, rtt, "
            "request");
}

TEST_F(CommandsTest, AServiceAndItsSuccessorAreTimedAsOne) {
  Snapshot& snapshot = engine.change_snapshot();
  snapshot.services.push_back(snapshot.services[0]);
  snapshot.services[0].retired = true;
  snapshot.listeners.add({*Address::parse("192.0.2.1"), 8080, Transport::tcp, 2});
  engine.writable(0).make_histograms(3);
  engine.writable(0).of_service(0).rtt.record(1ms);
  engine.writable(0).of_service(2).rtt.record(1ms);
  const Json rtt = ask(R"({"cmd":"latency","args":{"name":"rtt"}})")["histograms"];
  ASSERT_EQ(rtt.size(), 1u);
  EXPECT_EQ(rtt[0]["count"], 2);
}

TEST_F(CommandsTest, TheStatusHasTheTimesOfTheLastTenSeconds) {
  const auto latency = [&] { return ask(R"({"cmd":"status"})")["latency"]; };
  EXPECT_TRUE(latency()["handshake"]["p99_us"].is_null());
  engine.writable(0).of_service(0).handshake.record(20ms);
  engine.writable(1).loop.record(4us);
  commands.every_second();
  EXPECT_EQ(latency()["handshake"]["count"], 1);
  EXPECT_NEAR(latency()["handshake"]["p50_us"].get<double>(), 20'000, 400);
  EXPECT_NEAR(latency()["loop"]["max_us"].get<double>(), 4, 0.1);
  EXPECT_TRUE(latency()["request"]["p50_us"].is_null());
  for (int i = 0; i < 9; ++i) commands.every_second();
  EXPECT_EQ(latency()["handshake"]["count"], 1);
  commands.every_second();
  EXPECT_EQ(latency()["handshake"]["count"], 0) << "eleven seconds ago";
  EXPECT_EQ(latency()["seconds"], 10);
}

TEST_F(CommandsTest, FlowsWithoutAccountsHaveNeitherAgeNorBytes) {
  engine.accounts = false;
  engine.add_flows(1);
  const Json flow = ask(R"({"cmd":"flows"})")["flows"][0];
  for (const char* key : {"age_s", "rx_bytes", "tx_bytes"}) EXPECT_TRUE(flow.at(key).is_null());
  EXPECT_TRUE(flow["idle_s"].is_number());
}

TEST_F(CommandsTest, StatsSumWorkersAndSayWhetherTheyAddUp) {
  EXPECT_EQ(ask(R"({"cmd":"stats"})")["totals"]["received"], 200);
  EXPECT_EQ(ask(R"({"cmd":"stats"})")["adds_up"], true);
  EXPECT_TRUE(ask(R"({"cmd":"stats"})")["mib"].contains("TcpRetransSegs"));
  engine.writable(1).received.add(1);
  EXPECT_EQ(ask(R"({"cmd":"stats"})")["adds_up"], false);
  engine.answers = false;
  EXPECT_EQ(ask(R"({"cmd":"stats"})")["workers"][0]["consistent"], false);
}

TEST_F(CommandsTest, DropsExplainThemselves) {
  const Json drops = ask(R"({"cmd":"drops"})");
  ASSERT_EQ(drops["drops"].size(), 1u);
  EXPECT_EQ(drops["drops"][0]["reason"], "ip_bad_checksum");
  EXPECT_EQ(drops["drops"][0]["count"], 14);
  const Json one = ask(R"({"cmd":"drops","args":{"explain":"eth_not_ours"}})");
  ASSERT_EQ(one["drops"].size(), 1u);
  EXPECT_EQ(one["drops"][0]["count"], 0);
  EXPECT_FALSE(one["drops"][0]["hint"].get<std::string>().empty());
  EXPECT_EQ(ask(R"({"cmd":"drops","args":{"all":true}})")["drops"].size(), kDropCount);
}

TEST_F(CommandsTest, ADropThatIsNotKnownIsGuessed) {
  const auto refusal = [&](const std::string& name) {
    const Json asked = {{"cmd", "drops"}, {"args", {{"explain", name}}}};
    return ask(asked.dump())["error"]["message"].get<std::string>();
  };
  EXPECT_EQ(refusal("tcp_no_listner"),
            "there is no reason 'tcp_no_listner', did you mean 'tcp_no_listener'?; 'weirctl drops "
            "--all' lists them");
  EXPECT_EQ(refusal("mbuf_exhausted"),
            "there is no reason 'mbuf_exhausted'; near it: frames_exhausted; 'weirctl drops "
            "--all' lists them");
  EXPECT_EQ(refusal("nonsense"), "there is no reason 'nonsense'; 'weirctl drops --all' lists them");
}

TEST_F(CommandsTest, FlowsAreCountedBeyondTheLimit) {
  engine.add_flows(5000);
  Json reply = ask(R"({"cmd":"flows"})");
  EXPECT_EQ(reply["matched"], 5000);
  EXPECT_EQ(reply["flows"].size(), 1000u);
  reply = ask(R"({"cmd":"flows","args":{"limit":3,"sort":"bytes","filter":"sport < 5024"}})");
  EXPECT_EQ(reply["matched"], 4000);
  ASSERT_EQ(reply["flows"].size(), 3u);
  EXPECT_EQ(reply["flows"][0]["rx_bytes"], 3999);
  EXPECT_EQ(reply["flows"][2]["rx_bytes"], 3997);
  EXPECT_EQ(reply["flows"][0]["service"], "web");
  EXPECT_EQ(reply["flows"][0]["age_s"], 0.0);
  EXPECT_EQ(ask(R"({"cmd":"flows","args":{"limit":0}})")["flows"].size(), 0u);
  EXPECT_EQ(ask(R"({"cmd":"flows","args":{"filter":"worker 1"}})")["matched"], 0);
}

TEST_F(CommandsTest, AServiceIsFilteredByItsNameWhateverNumberAReloadGaveIt) {
  Snapshot& snapshot = engine.change_snapshot();
  snapshot.services.push_back(snapshot.services[0]);
  snapshot.services[0].retired = true;
  engine.add_flows(3, 2);
  const auto web = [&] {
    return ask(R"({"cmd":"flows","args":{"filter":"service web"}})")["matched"];
  };
  EXPECT_EQ(web(), 3) << "those of the one that serves";
  engine.add_flows(1, 0);
  EXPECT_EQ(web(), 4) << "and what the retired one has left";
  EXPECT_EQ(ask(R"({"cmd":"flows","args":{"filter":"service echo"}})")["matched"], 0);
}

TEST_F(CommandsTest, AServiceThatIsOverIsOfferedToNoFilter) {
  engine.change_snapshot().services[1].retired = true;
  const std::string filter = R"({"cmd":"flows","args":{"filter":"service echo"}})";
  EXPECT_EQ(ask(filter)["error"]["message"],
            "filter, position 9: 'echo' is no service; expected web");
  engine.writable(0).services[1].connections.add(1);
  EXPECT_EQ(ask(filter)["matched"], 0) << "it has a connection left";
}

TEST_F(CommandsTest, MetricsAreTheTextOfWhoHasIt) {
  EXPECT_EQ(ask(R"({"cmd":"metrics"})")["text"], "");
  commands.set_metrics([] { return std::string("weir_ready 1\n"); });
  EXPECT_EQ(ask(R"({"cmd":"metrics"})")["text"], "weir_ready 1\n");
}

TEST_F(CommandsTest, TheStatusPageGetsItsNumbersEachSecond) {
  commands.every_second();
  ASSERT_NE(engine.published, nullptr);
  const Json page = Json::parse(*engine.published);
  EXPECT_EQ(page["schema"], "weir.status.v1");
  EXPECT_EQ(page["totals"]["received"], 200);
  EXPECT_EQ(page["services"][0]["listen"][0], "192.0.2.1:80/tcp");
  EXPECT_FALSE(page.contains("config")) << "the page is public, paths are not";
}

TEST_F(CommandsTest, RatesAreOfTheLastSecond) {
  StatsSampler sampler;
  const auto start = StatsSampler::Time{};
  sampler.sample(engine, start);
  EXPECT_EQ(sampler.worker(0, 1e9).busy_percent, 0);
  engine.writable(0).received.add(1000);
  engine.writable(0).busy_cycles.add(250'000'000);
  engine.writable(0).total_cycles.add(1'000'000'000);
  engine.writable(0).dropped[index(Drop::eth_not_ours)].add(120);
  sampler.sample(engine, start + std::chrono::seconds(1));
  const WorkerRate rate = sampler.worker(0, 1e9);
  EXPECT_DOUBLE_EQ(rate.busy_percent, 25);
  EXPECT_DOUBLE_EQ(rate.packets_per_second, 1000);
  EXPECT_DOUBLE_EQ(rate.cycles_per_packet, 250'000);
  sampler.sample(engine, start + std::chrono::seconds(2));
  EXPECT_DOUBLE_EQ(sampler.drops_last_second(Drop::eth_not_ours), 0);
  EXPECT_DOUBLE_EQ(sampler.drops_last_minute(Drop::eth_not_ours), 60);
}

TEST_F(CommandsTest, KillEndsWhatTheFilterSelectsHoweverLittleRoomThereIs) {
  engine.add_flows(200);  // more than a slice, and than the engine takes at once
  const Json some = ask(R"({"cmd":"flows_kill","args":{"filter":"sport < :1074"}})");
  EXPECT_EQ(some["schema"], "weir.flows_kill.v1");
  EXPECT_EQ(some["matched"], 50);
  EXPECT_EQ(some["killed"], 50);
  EXPECT_EQ(some["complete"], true);
  EXPECT_EQ(ask(R"({"cmd":"flows"})")["matched"], 150);
  EXPECT_EQ(ask(R"({"cmd":"flows_kill","args":{"filter":"all"}})")["killed"], 150);
  EXPECT_EQ(ask(R"({"cmd":"flows"})")["matched"], 0);
}

TEST_F(CommandsTest, KillNeedsAFilter) {
  engine.add_flows(1);
  for (const char* args : {"{}", R"({"filter":""})", R"({"filter":"  "})"}) {
    const Json reply = ask(std::string(R"({"cmd":"flows_kill","args":)") + args + "}");
    EXPECT_EQ(reply["error"]["code"], "bad_argument") << args;
  }
  EXPECT_EQ(ask(R"({"cmd":"flows_kill","args":{"filter":"nonsense"}})")["error"]["position"], 1);
  EXPECT_EQ(ask(R"({"cmd":"flows"})")["matched"], 1);
}

TEST_F(CommandsTest, KillSaysWhenAWorkerDoesNotAnswer) {
  engine.add_flows(1);
  engine.answers = false;
  const Json reply = ask(R"({"cmd":"flows_kill","args":{"filter":"all"}})");
  EXPECT_EQ(reply["matched"], 0) << "nobody could say what there is";
  EXPECT_EQ(reply["killed"], 0);
  EXPECT_EQ(reply["complete"], false);
}

TEST_F(CommandsTest, KillSaysWhenAWorkerStopsAnsweringInTheMiddle) {
  engine.add_flows(1);
  const Reply reply = commands.execute(R"({"cmd":"flows_kill","args":{"filter":"all"}})");
  EXPECT_FALSE(reply.task->step()) << "looked for";
  engine.answers = false;
  EXPECT_FALSE(reply.task->step()) << "told to end them";
  std::optional<std::string> text;
  while (!text) text = reply.task->step();
  EXPECT_EQ(Json::parse(*text)["matched"], 1);
  EXPECT_EQ(Json::parse(*text)["killed"], 0);
  EXPECT_EQ(Json::parse(*text)["complete"], false);
}

TEST_F(CommandsTest, FlowsSayWhenAWorkerDoesNotAnswer) {
  engine.add_flows(1);
  EXPECT_EQ(ask(R"({"cmd":"flows"})")["complete"], true);
  engine.answers = false;
  const Json reply = ask(R"({"cmd":"flows"})");
  EXPECT_EQ(reply["complete"], false);
  EXPECT_TRUE(reply["flows"].empty());
}

TEST_F(CommandsTest, KillIsToldInTheLogWithWhatItEnded) {
  ASSERT_TRUE(log.set_levels("warn"));
  engine.add_flows(100);
  for (const char* nothing : {"nonsense", "sport > :9999"}) {
    (void)ask(Json{{"cmd", "flows_kill"}, {"args", {{"filter", nothing}}}}.dump());
    EXPECT_EQ(log.last(), 0) << nothing;
  }
  (void)ask(R"({"cmd":"flows_kill","args":{"filter":"sport < :1054"}})");
  ASSERT_EQ(log.last(), 1);
  EXPECT_EQ(log.recent(0, 1).front().fields.at(0).value, "sport < :1054");
  EXPECT_EQ(log.recent(0, 1).front().fields.at(1).value, "30");
  {
    const Reply left = commands.execute(R"({"cmd":"flows_kill","args":{"filter":"all"}})");
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(left.task->step());
  }
  ASSERT_EQ(log.last(), 2) << "who asked has gone: what was ended is told all the same";
  EXPECT_NE(log.recent(0, 1).front().fields.at(1).value, "0");
}

TEST_F(CommandsTest, RoutesAreThoseOfTheAddresses) {
  const Json routes = ask(R"({"cmd":"route"})")["routes"];
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0]["prefix"], "192.0.2.0/24");
  EXPECT_EQ(routes[1]["prefix"], "2001:db8::/64");
  EXPECT_TRUE(routes[0]["via"].is_null());
  const Json addresses = ask(R"({"cmd":"address"})")["addresses"];
  EXPECT_EQ(addresses[0]["address"], "192.0.2.1/24");
  EXPECT_EQ(addresses[0]["state"], "preferred");
}

TEST_F(CommandsTest, LogIsKeptAndItsLevelsChange) {
  const Json before = ask(R"({"cmd":"log"})");
  EXPECT_EQ(before["level"], "error");
  EXPECT_TRUE(before["lines"].empty());
  log.write(LogEvent::stop_failed, {{"worker", 1}}, "first");
  log.write(LogEvent::ready);
  log.write_eal(LogLevel::error, "second\n");
  const Json lines = ask(R"({"cmd":"log"})")["lines"];
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["message"], "first");
  EXPECT_EQ(lines[0]["event"], "stop_failed");
  EXPECT_EQ(lines[0]["fields"]["worker"], 1);
  EXPECT_EQ(lines[1]["message"], "second\\x0a") << "as it was written";
  EXPECT_EQ(lines[1]["sub"], "eal");
  EXPECT_EQ(lines[1]["number"], 2);
  EXPECT_EQ(ask(R"({"cmd":"log","args":{"after":1}})")["lines"].size(), 1U);
  EXPECT_EQ(ask(R"({"cmd":"log","args":{"lines":1}})")["lines"][0]["message"], "second\\x0a");
  EXPECT_EQ(ask(R"({"cmd":"log","args":{"level":"port=info"}})")["level"], "error,port=info");
  EXPECT_EQ(ask(R"({"cmd":"log","args":{"level":"loud"}})")["error"]["code"], "bad_argument");
}

TEST_F(CommandsTest, MemoryTellsOfFilesThatAreReadAhead) {
  EXPECT_EQ(ask(R"({"cmd":"memory"})")["read_ahead"]["chunks"], 0);
  engine.reads = {.chunk_bytes = 262'144, .chunks = 32, .free = 5, .streams = 9, .waiting = 2};
  engine.reads.failures = 1;
  const Json told = ask(R"({"cmd":"memory"})")["read_ahead"];
  EXPECT_EQ(told["chunk_bytes"], 262'144);
  EXPECT_EQ(told["chunks"], 32);
  EXPECT_EQ(told["free"], 5);
  EXPECT_EQ(told["streams"], 9);
  EXPECT_EQ(told["waiting"], 2);
  EXPECT_EQ(told["failures"], 1);
}

TEST_F(CommandsTest, MemoryRemembersTheLowestAndPortsTheLastPacket) {
  EXPECT_TRUE(ask(R"({"cmd":"ports"})")["ports"][0]["rx"]["last_packet_s"].is_null());
  commands.every_second();
  EXPECT_LT(ask(R"({"cmd":"ports"})")["ports"][0]["rx"]["last_packet_s"].get<double>(), 60);
  engine.pool_free = 100;
  commands.every_second();
  engine.pool_free = 4000;
  EXPECT_EQ(ask(R"({"cmd":"memory"})")["mempools"][0]["free_min"], 100);
  const Json warnings = ask(R"({"cmd":"status"})")["warnings"];
  EXPECT_EQ(warnings[1], "mempool pool0: once only 2 % were free; see 'weirctl memory'");
}

}  // namespace
}  // namespace weir
