// Two readings become rates, many become a trend.
#include <gtest/gtest.h>

#include "ctl/top/report.hpp"
#include "top_kit.hpp"

namespace weir::ctl::top {
namespace {

TEST(TopModel, HasNoRatesBeforeTheSecondReading) {
  const Model model = model_after(1);
  EXPECT_FALSE(model.has_rates());
  EXPECT_FALSE(is_known(model.traffic().rx_pps));
  EXPECT_FALSE(is_known(model.workers()[0].busy));
  EXPECT_TRUE(model.workers()[0].trend.empty());
  EXPECT_TRUE(report_of(model)["rx_pps"].is_null());
}

TEST(TopModel, DividesWhatGrewByTheDaemonsOwnTime) {
  Model model = model_after(1);
  model.take(reading_after(5));
  EXPECT_DOUBLE_EQ(model.seconds(), 4);
  EXPECT_DOUBLE_EQ(model.traffic().rx_pps, 1000);
  EXPECT_DOUBLE_EQ(model.traffic().rx_bps, 8 * 64000);
  EXPECT_DOUBLE_EQ(model.traffic().tx_pps, 900);
  EXPECT_DOUBLE_EQ(model.traffic().missed, 3);
  EXPECT_DOUBLE_EQ(model.traffic().accepted, 40);
  EXPECT_DOUBLE_EQ(model.traffic().ended, 30);
  EXPECT_DOUBLE_EQ(model.traffic().drops, 10);
  EXPECT_DOUBLE_EQ(model.services()[1].datagrams, 500);
  EXPECT_DOUBLE_EQ(model.drops()[1].rate, 10);
}

TEST(TopModel, KnowsWhatAFrameCostsAWorker) {
  const Model model = model_after(3);
  const WorkerRow& worker = model.workers()[0];
  EXPECT_DOUBLE_EQ(worker.busy, 50);
  EXPECT_DOUBLE_EQ(worker.packets, 1000);
  EXPECT_DOUBLE_EQ(worker.cycles, 5e5);
  EXPECT_DOUBLE_EQ(worker.burst, 8);
  EXPECT_DOUBLE_EQ(worker.handoff, 1);
  EXPECT_DOUBLE_EQ(model.workers()[1].busy, 0);
  EXPECT_FALSE(is_known(model.workers()[1].cycles)) << "there was no frame";
  EXPECT_DOUBLE_EQ(model.all_workers().busy, 25);
  EXPECT_DOUBLE_EQ(model.all_workers().packets, 1000);
}

// A port with one queue: worker 0 hands every frame but one in four to worker 1.
TEST(TopModel, HandOffIsWhatAnotherWorkerReceived) {
  const auto at = [](double second) {
    Reading r = reading_after(second);
    r.workers[0].received = 250 * second;
    r.workers[0].handed_in = 0;
    r.workers[1].received = r.workers[1].handed_in = 750 * second;
    return r;
  };
  Model model;
  model.take(at(1));
  model.take(at(2));
  EXPECT_DOUBLE_EQ(model.workers()[0].handoff, 0);
  EXPECT_DOUBLE_EQ(model.workers()[1].handoff, 100);
  EXPECT_DOUBLE_EQ(model.all_workers().packets, 1000);
}

TEST(TopModel, CountsAWorkerThatSleptThroughAsIdleNotAsUnknown) {
  Reading asleep = reading_after(2);
  asleep.workers = reading_after(1).workers;
  Model model = model_after(1);
  model.take(asleep);
  EXPECT_DOUBLE_EQ(model.workers()[0].busy, 0);
}

TEST(TopModel, TakesAReasonThatIsNewForOneThatWasZero) {
  Model model;
  model.take(reading_after(1, 0));
  model.take(reading_after(2, 2));
  EXPECT_DOUBLE_EQ(model.drops()[1].rate, 20);
}

TEST(TopModel, KeepsATrendARow) {
  const Model model = model_after(9);
  EXPECT_EQ(model.workers()[0].trend.picture(10, Charset::ascii, 100), "  ========");
  EXPECT_EQ(model.drops()[0].trend.picture(3, Charset::utf8), "▁▁▁");
  EXPECT_EQ(model.drops()[1].trend.picture(3, Charset::utf8), "███");
}

TEST(TopModel, BeginsAnewWithTheDaemon) {
  Model model = model_after(9);
  model.take(reading_after(0.5));
  EXPECT_FALSE(model.has_rates());
  EXPECT_TRUE(model.workers()[0].trend.empty());
}

TEST(TopModel, KeepsWhatItHasWhenTheDaemonIsGone) {
  Model model = model_after(3);
  model.lose("weir is not running");
  EXPECT_EQ(model.lost(), "weir is not running");
  EXPECT_DOUBLE_EQ(model.traffic().rx_pps, 1000);
  model.take(reading_after(5));
  EXPECT_EQ(model.lost(), "");
  EXPECT_DOUBLE_EQ(model.traffic().rx_pps, 1000) << "over the two seconds of silence";
}

FlowReading flow(const std::string& remote, double age, double bytes) {
  return {"estab", "192.0.2.10:80", remote, "web", 0, age, 0, bytes, 0, 0};
}

TEST(TopModel, KnowsTheRateOfAFlowThatWasListedBefore) {
  Reading first = reading_after(1), second = reading_after(2);
  first.has_flows = second.has_flows = true;
  first.flows_at = 100;
  second.flows_at = 102;
  first.flows = {flow("a:1", 10, 4294967000.0), flow("b:1", 10, 5000)};
  second.flows = {flow("a:1", 12, 704), flow("b:1", 1, 6000), flow("c:1", 1, 10)};
  Model model;
  model.take(first);
  model.take(second);
  EXPECT_DOUBLE_EQ(model.flows()[0].rate, 500) << "past 2^32";
  EXPECT_FALSE(is_known(model.flows()[1].rate)) << "the tuple has another connection now";
  EXPECT_FALSE(is_known(model.flows()[2].rate));
}

TEST(TopTrend, ShowsTheNewestAtTheRightAndTheLargestFull) {
  Trend trend;
  for (const double value : {0.0, 1.0, 50.0, kUnknown, 100.0}) trend.add(value);
  EXPECT_EQ(trend.picture(7, Charset::utf8), "  ▁▂▅ █");
  EXPECT_EQ(trend.picture(3, Charset::utf8), "▅ █");
  EXPECT_EQ(trend.picture(7, Charset::ascii), "  _.= #");
  EXPECT_EQ(trend.picture(2, Charset::utf8, 1000), " ▂");
}

TEST(TopTrend, ForgetsWhatNoScreenIsWideEnoughFor) {
  Trend trend;
  trend.add(1000);
  for (std::size_t i = 0; i < Trend::kMost; ++i) trend.add(1);
  EXPECT_EQ(trend.picture(Trend::kMost, Charset::ascii), std::string(Trend::kMost, '#'));
}

// Each frame that is handed over is counted twice: out where it came in, in where its flow lives.
TEST(TopReading, HandOffIsAShareOfAllFrames) {
  const auto replies = [](int second) {
    Replies r;
    r.status = {{"now_ns", second * 1'000'000'000LL},
                {"version", "0.1.0"},
                {"ready", true},
                {"uptime_s", second},
                {"totals", {{"flows", 0}, {"dropped", 0}}},
                {"ports", Json::array()},
                {"services", Json::array()},
                {"drops", Json::array()},
                {"warnings", Json::array()}};
    r.workers = {{"now_ns", second * 1'000'000'000LL}, {"cycles_per_second", 1e9}};
    for (const int worker : {0, 1}) {
      r.workers["workers"].push_back({{"worker", worker},
                                      {"cpu", worker},
                                      {"received", 100 * second},
                                      {"rx_packets", 100 * second},
                                      {"bursts", second},
                                      {"handoff_in", 90 * second},
                                      {"handoff_out", 90 * second},
                                      {"flows", 0},
                                      {"busy_cycles", 0},
                                      {"total_cycles", 0},
                                      {"sleep_cycles", 0}});
    }
    r.memory = {{"mempools", Json::array()}};
    return r;
  };
  Model model;
  for (const int second : {1, 2}) model.take(reading_of(replies(second)));
  EXPECT_DOUBLE_EQ(model.workers()[0].handoff, 90);
  EXPECT_DOUBLE_EQ(model.all_workers().handoff, 90);
}

TEST(TopReport, HasTheNumbersOfTheScreen) {
  const Json json = report_of(model_after(3));
  EXPECT_EQ(json["schema"], "weir.top.v1");
  EXPECT_EQ(json["rx_pps"], 1000.0);
  EXPECT_EQ(json["workers"][0]["busy_percent"], 50.0);
  EXPECT_TRUE(json["workers"][1]["cycles_per_packet"].is_null());
  EXPECT_EQ(json["services"][0]["accepted_per_second"], 40.0);
  EXPECT_EQ(json["drops"][1]["count"], 30);
  EXPECT_TRUE(json.at("latency").is_null()) << "the daemon measures none";
}

}  // namespace
}  // namespace weir::ctl::top
