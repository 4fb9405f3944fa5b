// Answers that have left wait for the time, as many as there is room for.
#include "pipeline/left_answers.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

struct LeftAnswersTest : ::testing::Test {
  LeftAnswersTest() { counters->make_histograms(2); }
  [[nodiscard]] bool push(std::uint16_t service, Duration since, std::uint32_t count = 1) {
    tcp::Answers answers;
    for (std::uint32_t i = 0; i < count; ++i) answers.add(Instant(since), Seq{});
    return left.push(service, answers);
  }
  [[nodiscard]] HistogramReading requests_of(std::uint16_t service) const {
    HistogramReading reading;
    reading.add(counters->of_service(service).request);
    return reading;
  }
  std::unique_ptr<WorkerCounters> counters = std::make_unique<WorkerCounters>();
  LeftAnswers left;
};

TEST_F(LeftAnswersTest, AreRecordedWithTheTimeThatIsSaid) {
  EXPECT_TRUE(left.empty());
  EXPECT_TRUE(push(0, 1ms));
  EXPECT_TRUE(push(0, 1ms, 2));
  EXPECT_TRUE(push(1, 1ms));
  EXPECT_TRUE(push(0, 2ms));
  EXPECT_FALSE(left.empty());
  left.record(*counters, Instant(5ms));
  EXPECT_TRUE(left.empty());
  EXPECT_EQ(requests_of(0).count(), 4U);
  EXPECT_EQ(requests_of(0).sum(), 15'000'000U) << "three of 4 ms, one of 3 ms";
  EXPECT_EQ(requests_of(1).count(), 1U);
  left.record(*counters, Instant(9ms));
  EXPECT_EQ(requests_of(1).count(), 1U) << "each once";
}

TEST_F(LeftAnswersTest, SayWhenThereIsRoomForNoMore) {
  std::uint32_t taken = 1;
  while (push(0, Duration(taken))) ++taken;
  EXPECT_GE(taken, 128U) << "what a round may send";
  left.record(*counters, Instant(1ms));
  EXPECT_EQ(requests_of(0).count(), taken) << "the last one too";
  EXPECT_TRUE(push(0, 1ms));
}

}  // namespace
}  // namespace weir
