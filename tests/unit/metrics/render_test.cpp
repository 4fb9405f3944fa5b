// The text against the reading and the table.
#include "metrics/render.hpp"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "metrics/metric.hpp"
#include "metrics_kit.hpp"

namespace weir {
namespace {

using testing::HasSubstr;
using testing::Not;

// A histogram's samples have names of their own.
std::string family_of(const std::string& sample) {
  const std::string name = sample.substr(0, sample.find('{'));
  for (const MetricText& text : kMetricTexts) {
    if (text.type != MetricType::histogram || !name.starts_with(text.name)) continue;
    const std::string_view rest = std::string_view(name).substr(text.name.size());
    if (rest == "_bucket" || rest == "_sum" || rest == "_count") return std::string(text.name);
  }
  return name;
}

TEST(MetricsTable, NamesAreAsPrometheusWantsThem) {
  const std::regex name("(weir|process)_[a-z_]*[a-z]");
  std::set<std::string_view> seen;
  for (const MetricText& text : kMetricTexts) {
    EXPECT_TRUE(std::regex_match(std::string(text.name), name)) << text.name;
    EXPECT_EQ(text.name.ends_with("_total"), text.type == MetricType::counter) << text.name;
    EXPECT_TRUE(text.help.ends_with('.')) << text.name;
    EXPECT_EQ(text.help.find_first_of("\\\n"), text.help.npos) << text.name;
    EXPECT_TRUE(seen.insert(text.name).second) << text.name;
  }
}

TEST(MetricsText, EveryFamilyHasTypeAndHelpOnceAndASampleFromTheStart) {
  MetricsKit kit;
  MetricsReading reading = kit.take();
  reading.services[0].counters = {"hits", "misses"};  // a module
  reading.services[0].counts.own[1] = 7;
  const std::string text = metrics_text(reading);
  EXPECT_THAT(text, HasSubstr("event=\"misses\"} 7\n"));
  std::map<std::string, int> samples;
  for (const auto& [sample, value] : samples_of(text)) ++samples[family_of(sample)];
  for (const MetricText& family : kMetricTexts) {
    const std::string name(family.name);
    // A machine without /sys/devices/system/node has no huge pages to tell of.
    const bool may_be_missing = family.name == "weir_hugepages_bytes";
    EXPECT_TRUE(samples[name] > 0 || may_be_missing) << name;
    const std::string type(to_string(family.type));
    const std::string head =
        "# HELP " + name + " " + std::string(family.help) + "\n# TYPE " + name + " " + type + "\n";
    if (samples[name] == 0) continue;
    EXPECT_THAT(text, HasSubstr(head));
    EXPECT_EQ(text.find(head), text.rfind("# HELP " + name + " "));
  }
  EXPECT_EQ(samples.size(), kMetricTexts.size()) << "samples of families that are in no table";
}

TEST(MetricsText, LabelsAreThoseOfTheTable) {
  MetricsKit kit;
  std::map<std::string, std::string> labels;
  for (const MetricText& text : kMetricTexts) labels[std::string(text.name)] = text.labels;
  const std::regex label("([a-z_]+)=\"[^\"]*\"");
  for (const auto& [sample, value] : samples_of(metrics_text(kit.take()))) {
    std::string names;
    for (std::sregex_iterator at(sample.begin(), sample.end(), label), end; at != end; ++at) {
      if ((*at)[1] != "le") names += (names.empty() ? "" : " ") + (*at)[1].str();
    }
    EXPECT_EQ(names, labels[family_of(sample)]) << sample;
  }
}

TEST(MetricsText, NumbersAreThoseOfTheReading) {
  MetricsKit kit;
  kit.engine.reads = {
      .chunks = 32, .free = 5, .waiting = 2, .bytes = 1'000'000'000, .failures = 3, .overdue = 4};
  WorkerCounters& worker = kit.engine.writable(1);
  worker.busy_cycles.add(2'000'000'000);
  worker.total_cycles.add(5'000'000'000);
  worker.sleep_cycles.add(500'000'000);
  worker.mib.add(Mib::TcpRetransSegs, 11);
  worker.mib.add(Mib::TxUnresolved, 2);
  worker.services[0].accepted.add(4);
  worker.services[0].half_open.add(1);
  worker.services[1].datagrams.add(9);
  worker.flows.add(17);
  worker.refused[index(Drop::tcp_table_full)].add(6);
  const auto samples = samples_of(metrics_text(kit.take()));
  const std::map<std::string, double> expected = {
      {"weir_build_info{version=\"0.1.0\",dpdk_version=\"22.11\"}", 1},
      {"weir_ready", 1},
      {"weir_log_messages_total{level=\"warn\",sub=\"weir\"}", 3},
      {"weir_port_up{port=\"p0\"}", 1},
      {"weir_port_speed_bytes{port=\"p0\"}", 25e9 / 8},
      {"weir_port_receive_packets_total{port=\"p0\"}", 200},
      {"weir_port_receive_missed_total{port=\"p0\"}", 5},
      {"weir_packets_dropped_total{reason=\"ip_bad_checksum\",direction=\"rx\"}", 14},
      {"weir_packets_dropped_total{reason=\"unresolved\",direction=\"tx\"}", 2},
      {"weir_worker_seconds_total{worker=\"1\",cpu=\"3\",mode=\"busy\"}", 2},
      {"weir_worker_seconds_total{worker=\"1\",cpu=\"3\",mode=\"poll\"}", 3},
      {"weir_worker_seconds_total{worker=\"1\",cpu=\"3\",mode=\"sleep\"}", 0.5},
      {"weir_tcp_connections{service=\"web\",state=\"half-open\"}", 1},
      {"weir_tcp_connections_accepted_total{service=\"web\"}", 4},
      {"weir_tcp_segments_retransmitted_total", 11},
      {"weir_protocol_events_total{event=\"TcpRetransSegs\"}", 11},
      {"weir_udp_datagrams_received_total{service=\"echo\"}", 9},
      {"weir_flow_table_entries{worker=\"1\",table=\"flows\"}", 17},
      {"weir_flow_table_capacity{worker=\"1\",table=\"flows\"}", 1'000'000},
      {"weir_flow_table_insert_failures_total{table=\"flows\",cause=\"full\"}", 6},
      {"weir_read_ahead_chunks", 32},
      {"weir_read_ahead_chunks_free", 5},
      {"weir_read_ahead_waiting", 2},
      {"weir_read_ahead_bytes_total", 1e9},
      {"weir_read_ahead_failures_total", 3},
      {"weir_read_ahead_overdue_total", 4},
      {"weir_mempool_buffers{pool=\"pool0\"}", 4096},
      {"weir_mempool_buffers_free{pool=\"pool0\"}", 4000},
      {"weir_neighbors{port=\"p0\",state=\"reachable\"}", 1},
      {"weir_neighbors{port=\"p0\",state=\"stale\"}", 0}};
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(samples.contains(name)) << name;
    EXPECT_DOUBLE_EQ(samples.at(name), value) << name;
  }
  EXPECT_FALSE(samples.contains("weir_tcp_connections_accepted_total{service=\"echo\"}"))
      << "that service takes datagrams only";
}

TEST(MetricsText, HistogramsAreCumulativeAndInSeconds) {
  MetricsKit kit;
  for (const std::uint16_t w : {std::uint16_t{0}, std::uint16_t{1}}) {
    ServiceHistograms& web = kit.engine.writable(w).of_service(0);
    web.handshake.record(700us);
    web.handshake.record(40ms);
    web.handshake.record(30s);  // beyond the last border
  }
  kit.engine.writable(1).rx_burst.record(3);
  const auto samples = samples_of(metrics_text(kit.take()));
  const std::string name = "weir_tcp_handshake_duration_seconds";
  const auto below = [&](const std::string& border) {
    return samples.at(name + "_bucket{service=\"web\",le=\"" + border + "\"}");
  };
  EXPECT_EQ(below("0.0005"), 0);
  EXPECT_EQ(below("0.001"), 2);
  EXPECT_EQ(below("0.05"), 4);
  EXPECT_EQ(below("10"), 4);
  EXPECT_EQ(below("+Inf"), 6);
  EXPECT_EQ(samples.at(name + "_count{service=\"web\"}"), 6);
  EXPECT_NEAR(samples.at(name + "_sum{service=\"web\"}"), 2 * 30.0407, 1e-6);
  EXPECT_EQ(samples.at("weir_worker_rx_burst_packets_bucket{worker=\"1\",le=\"2\"}"), 0);
  EXPECT_EQ(samples.at("weir_worker_rx_burst_packets_bucket{worker=\"1\",le=\"4\"}"), 1);
  EXPECT_EQ(samples.at("weir_worker_rx_burst_packets_sum{worker=\"1\"}"), 3);
  EXPECT_EQ(samples.at("weir_worker_rx_burst_packets_count{worker=\"0\"}"), 0);
  EXPECT_FALSE(samples.contains(name + "_count{service=\"echo\"}")) << "it takes datagrams only";
}

TEST(MetricsText, VerdictsAddUpForEachWorker) {
  MetricsKit kit;
  const auto samples = samples_of(metrics_text(kit.take()));
  for (const std::string worker : {"0", "1"}) {
    double sum = samples.at("weir_packets_held{worker=\"" + worker + "\"}");
    for (const char* verdict : {"answered", "delivered", "consumed", "forwarded", "dropped"}) {
      sum += samples.at("weir_packets_verdicts_total{worker=\"" + worker + "\",verdict=\"" +
                        verdict + "\"}");
    }
    EXPECT_EQ(samples.at("weir_packets_received_total{worker=\"" + worker + "\"}"), sum);
  }
  double dropped = 0;
  for (const auto& [name, value] : samples) {
    if (name.starts_with("weir_packets_dropped_total") && name.find("\"rx\"") != name.npos) {
      dropped += value;
    }
  }
  EXPECT_EQ(dropped, 14) << "the reasons are the verdict 'dropped'";
}

TEST(MetricsText, LabelsAreEscaped) {
  MetricsKit kit;
  MetricsReading reading = kit.take();
  reading.ports[0].name = "a\"b\\c\nd";
  EXPECT_THAT(metrics_text(reading), HasSubstr(R"(weir_port_up{port="a\"b\\c\nd"} 1)"));
}

TEST(MetricsText, LargeCountersKeepTheirDigits) {
  MetricsKit kit;
  MetricsReading reading = kit.take();
  reading.ports[0].stats.rx_bytes = 1'234'567'890'123'456;
  const auto samples = samples_of(metrics_text(reading));
  EXPECT_EQ(samples.at("weir_port_receive_bytes_total{port=\"p0\"}"), 1'234'567'890'123'456.0);
}

TEST(MetricsText, PatternsChooseFamilies) {
  MetricsKit kit;
  const std::string text = metrics_text(kit.take(), {"weir_tcp_syn*", "weir_ready"});
  EXPECT_THAT(text, HasSubstr("weir_ready 1"));
  EXPECT_THAT(text, HasSubstr("weir_tcp_syncookies_sent_total 0"));
  EXPECT_THAT(text, Not(HasSubstr("weir_tcp_connections")));
  EXPECT_EQ(metrics_text(kit.take(), {"nothing"}), "");
}

}  // namespace
}  // namespace weir
