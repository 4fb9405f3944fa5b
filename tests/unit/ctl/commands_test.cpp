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
  Commands commands{engine, {"0.1.0", "22.11", "weir.conf", "[workers]\n", {}}};
};

TEST_F(CommandsTest, EveryReplyNamesItsSchema) {
  for (const char* noun : {"status", "stats", "drops", "flows", "ports", "workers", "services",
                           "memory", "neigh", "version", "config"}) {
    EXPECT_EQ(ask(std::string(R"({"v":1,"cmd":")") + noun + "\"}")["schema"],
              std::string("weir.") + noun + ".v1");
  }
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

}  // namespace
}  // namespace weir
