// The paths and what they answer when something is wrong.
#include "metrics/answer.hpp"

#include <gmock/gmock.h>

#include "metrics_kit.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

struct MetricsAnswers : ::testing::Test {
  MetricsAnswer get(std::string_view path, std::chrono::seconds later = 0s) {
    return answer_to({"GET", path, {}}, reading, kit.start + later);
  }
  MetricsKit kit;
  MetricsReading reading = kit.take();
};

TEST_F(MetricsAnswers, AreOkWhenAllIsWell) {
  for (const char* path : {"/healthz", "/readyz"}) {
    EXPECT_EQ(get(path).status, 200u);
    EXPECT_EQ(get(path).body, "ok\n");
  }
  EXPECT_EQ(get("/metrics").status, 200u);
  EXPECT_THAT(get("/metrics").type, StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nweir_ready 1\n"));
}

TEST_F(MetricsAnswers, NotReadyIsHealthyAndSaysWhy) {
  reading.unready = "service web cannot be reached: port p0 has no link";
  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(get("/readyz").body, reading.unready + "\n");
  EXPECT_EQ(get("/healthz").status, 200u);
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nweir_ready 0\n"));
}

TEST_F(MetricsAnswers, AWorkerThatStandsStillIsNeitherHealthyNorReady) {
  reading.unwell = "worker 1 on CPU 3 has stood still for 6 s";
  for (const char* path : {"/healthz", "/readyz"}) {
    EXPECT_EQ(get(path).status, 503u);
    EXPECT_EQ(get(path).body, reading.unwell + "\n");
  }
  EXPECT_EQ(get("/metrics").status, 200u);
}

TEST_F(MetricsAnswers, OldNumbersAreNotTold) {
  reading.status = std::make_shared<const std::string>("{}");
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/status.json"}) {
    EXPECT_EQ(get(path, 10s).status, 200u);
    EXPECT_EQ(get(path, 12s).status, 503u);
    EXPECT_EQ(get(path, 12s).body, "the control thread has said nothing for 12 s\n");
  }
}

TEST_F(MetricsAnswers, WhatTakesLongIsNoHang) {
  reading.excused_until = reading.taken + 5min;
  for (const char* path : {"/healthz", "/readyz"}) {
    EXPECT_EQ(get(path, 299s).status, 200u);
    EXPECT_EQ(get(path, 300s).status, 503u);
  }
  EXPECT_EQ(get("/metrics", 12s).status, 503u) << "its numbers are old all the same";
}

TEST_F(MetricsAnswers, ThePageIsThereWhateverTheNumbersAre) {
  EXPECT_EQ(get("/", 12s).status, 200u);
  EXPECT_NE(get("/", 12s).policy, "");
  EXPECT_EQ(get("/status.json").status, 503u);
  EXPECT_EQ(get("/status.json").body, "there are no numbers yet\n");
}

TEST_F(MetricsAnswers, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(get("/status").status, 404u);
  EXPECT_EQ(get("/metrics/").status, 404u);
  EXPECT_EQ(answer_to({"POST", "/metrics", {}}, reading, kit.start).status, 405u);
  EXPECT_EQ(answer_to({"HEAD", "/healthz", {}}, reading, kit.start).status, 200u);
}

TEST_F(MetricsAnswers, PatternsReachTheText) {
  const MetricsAnswer answer = answer_to({"GET", "/metrics", {"weir_ready*"}}, reading, kit.start);
  EXPECT_THAT(answer.body, StartsWith("# HELP weir_ready "));
  EXPECT_EQ(samples_of(answer.body).size(), 1u);
}

}  // namespace
}  // namespace weir
