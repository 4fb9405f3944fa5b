// A whole engine with a port that leads nowhere: what its control thread asks of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "control/config.hpp"
#include "pipeline/flight_recorder.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/engine.hpp"
#include "runtime/long_work.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Config small_config() {
  Config config;
  PortConfig port;
  port.name = "p0";
  port.device = "net_null0";
  port.addresses = {*Prefix::parse("192.0.2.1/24")};
  config.ports = {port};
  ServiceConfig echo;
  echo.name = "echo";
  echo.listen = {{std::nullopt, 7, Transport::tcp}};
  config.services = {echo};
  config.memory = {2048, HugePages::no};
  config.workers.idle = IdleMode::sleep;
  config.tcp.max_flows = 1000;
  return config;
}

/// One for all tests: a process can start the EAL once.
class EngineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Engine::start(small_config(), [](EalLogLevel, std::string_view) {});
    ASSERT_TRUE(started.ok()) << started.error().message;
    engine = std::move(started).value();
  }
  static void TearDownTestSuite() { engine.reset(); }
  EngineTest() {
    engine->when_busy([this](bool begins) { busy.push_back(begins); });
  }
  ~EngineTest() override {
    engine->when_busy([](bool) {});
    EXPECT_TRUE(engine->reload(small_config()));
  }
  static Config recording() {
    Config config = small_config();
    config.recorder.memory = FlightRecorder::kLeastBytes;
    return config;
  }

  static std::unique_ptr<Engine> engine;
  std::vector<bool> busy;  // as when_busy() told
};
std::unique_ptr<Engine> EngineTest::engine;

TEST_F(EngineTest, IsBusyThroughoutAReload) {
  EXPECT_TRUE(engine->reload(recording()));
  EXPECT_THAT(busy, ElementsAre(true, false));
}

TEST_F(EngineTest, IsNotBusyAnyMoreAfterARefusedReload) {
  Config config = small_config();
  config.services[0].handler = Handler::http;
  config.services[0].root = "/nonexistent";
  EXPECT_FALSE(engine->reload(config));
  EXPECT_THAT(busy, ElementsAre(true, false));
}

TEST_F(EngineTest, SaysThatAReloadBeginsBeforeAnythingChangesAndNotOfARefusedOne) {
  std::vector<std::uint64_t> backlogs;
  const auto begins = [&] { backlogs.push_back(engine->snapshot().services[0].backlog); };
  Config config = small_config();
  config.services[0].backlog = 5;
  EXPECT_TRUE(engine->reload(config, begins));
  EXPECT_THAT(backlogs, ElementsAre(small_config().services[0].backlog));
  EXPECT_EQ(engine->snapshot().services[0].backlog, 5U);
  config.services[0].handler = Handler::http;
  config.services[0].root = "/nonexistent";
  EXPECT_FALSE(engine->reload(config, begins));
  EXPECT_EQ(backlogs.size(), 1U);
}

TEST_F(EngineTest, RefusesRecordersThatNoMachineHasRoomFor) {
  Config config = recording();
  config.recorder.memory = 1ULL << 50;
  const auto refused = engine->reload(config);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(StartsWith("[recorder] memory is too much: flight recorders 1 x 1073741825 MB"),
                    HasSubstr(", and as much for weirctl record: 2147483650 MB, and "),
                    HasSubstr("would fit")));
}

TEST_F(EngineTest, IsBusyWhileARecordingIsTaken) {
  EXPECT_TRUE(engine->take_recordings().value().empty());
  EXPECT_THAT(busy, IsEmpty()) << "nothing is recorded, nothing is made";
  ASSERT_TRUE(engine->reload(recording()));
  busy.clear();
  EXPECT_EQ(engine->take_recordings().value().size(), 1U);
  EXPECT_THAT(busy, ElementsAre(true, false));
}

// net_null has frames whenever it is asked.
TEST_F(EngineTest, AQueueThatNeverEndsIsSoundedAndFoundTooMuch) {
  double share = 0;
  for (int i = 0; i < 3000 && share < 0.9; ++i) {
    ASSERT_TRUE(engine->run_on(0, [&](Pipeline& worker) { share = worker.pressure().share(); }));
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_GE(share, 0.9);
}

TEST(LongWork, IsToldOfOnceHoweverManyPartsItHas) {
  LongWork work;
  std::vector<bool> told;
  work.when([&](bool begins) { told.push_back(begins); });
  {
    const LongWork::Scope whole(work);
    const LongWork::Scope part(work);
  }
  EXPECT_THAT(told, ElementsAre(true, false));
  { const LongWork::Scope again(work); }
  EXPECT_THAT(told, ElementsAre(true, false, true, false));
}

}  // namespace
}  // namespace weir::test
