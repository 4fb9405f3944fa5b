// What a collector remembers from one reading to the next, and what makes it say that all is not
// well.
#include "metrics/reading.hpp"

#include <gtest/gtest.h>

#include "metrics_kit.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

TEST(MetricsReading, IsTheSumOfItsWorkers) {
  MetricsKit kit;
  const MetricsReading reading = kit.take();
  EXPECT_EQ(reading.sum().received, 200u);
  EXPECT_TRUE(reading.sum().adds_up());
  EXPECT_EQ(reading.workers.at(1).cpu, 3u);
  EXPECT_TRUE(reading.services.at(0).tcp);
  EXPECT_FALSE(reading.services.at(0).udp);
  EXPECT_TRUE(reading.services.at(1).udp);
}

TEST(MetricsReading, NeverAsksAWorker) {
  MetricsKit kit;
  kit.engine.answers = false;  // nobody would come to a task
  EXPECT_EQ(kit.take().sum().received, 200u);
}

TEST(MetricsReading, PollTimeNeverGoesBack) {
  MetricsKit kit;
  WorkerCounters& worker = kit.engine.writable(0);
  worker.total_cycles.add(1000);
  worker.busy_cycles.add(400);
  EXPECT_EQ(kit.take().workers[0].poll_cycles, 600u);
  worker.busy_cycles.add(300);  // seen before the round's total
  EXPECT_EQ(kit.take().workers[0].poll_cycles, 600u);
  worker.total_cycles.add(500);
  EXPECT_EQ(kit.take().workers[0].poll_cycles, 800u);
}

TEST(MetricsReading, AWorkerThatStandsStillIsNamed) {
  MetricsKit kit;
  EXPECT_EQ(kit.take().unwell, "");
  kit.engine.writable(0).rounds.add(1);
  EXPECT_EQ(kit.take(4s).unwell, "");
  kit.engine.writable(0).rounds.add(1);
  EXPECT_EQ(kit.take(6s).unwell, "worker 1 on CPU 3 has stood still for 6 s");
  kit.engine.writable(1).rounds.add(1);
  EXPECT_EQ(kit.take(7s).unwell, "");
}

TEST(MetricsReading, TheFewestFreeBuffersAreRemembered) {
  MetricsKit kit;
  EXPECT_EQ(kit.take().pools.at(0).free_min, 4000u);
  kit.engine.pool_free = 10;
  EXPECT_EQ(kit.take().pools.at(0).free_min, 10u);
  kit.engine.pool_free = 4096;
  EXPECT_EQ(kit.take().pools.at(0).state.free, 4096u);
  EXPECT_EQ(kit.take().pools.at(0).free_min, 10u);
}

TEST(MetricsReading, TheFilesAreLookedAtOnceAMinute) {
  MetricsKit kit;
  EXPECT_FALSE(kit.take().config_drift);
  kit.differs = true;
  EXPECT_FALSE(kit.take(59s).config_drift);
  EXPECT_EQ(kit.asked, 1);
  EXPECT_TRUE(kit.take(60s).config_drift);
  EXPECT_EQ(kit.asked, 2);
}

TEST(Readiness, APortWithoutALinkIsNotReady) {
  MetricsKit kit;
  EXPECT_EQ(kit.take().unready, "");
  kit.engine.link_up = false;
  EXPECT_EQ(kit.take().unready, "service web cannot be reached: port p0 has no link");
}

TEST(Readiness, AnAddressThatIsNotInUseIsNotReady) {
  MetricsKit kit;
  auto states = std::make_shared<AddressStates>(2, AddressState::tentative);
  kit.engine.change_snapshot().ports[0].states = states;
  EXPECT_EQ(kit.take().unready,
            "service web cannot be reached: 192.0.2.1 of port p0 is not in use yet (duplicate "
            "address detection)");
  states->set(0, AddressState::duplicated);
  EXPECT_EQ(kit.take().unready,
            "service web cannot be reached: 192.0.2.1 of port p0 is used by another host");
  states->set(0, AddressState::preferred);
  EXPECT_EQ(kit.take().unready, "");
}

TEST(Readiness, OneListenerThatIsReachedIsEnough) {
  MetricsKit kit;
  auto states = std::make_shared<AddressStates>(2, AddressState::preferred);
  states->set(0, AddressState::duplicated);
  Snapshot& snapshot = kit.engine.change_snapshot();
  snapshot.ports[0].states = states;
  for (const auto service : {std::uint16_t{0}, std::uint16_t{1}}) {
    snapshot.listeners.add({*Address::parse("2001:db8::1"), 80,
                            service == 0 ? Transport::tcp : Transport::udp, service});
  }
  EXPECT_EQ(kit.take().unready, "");
}

TEST(ProcessReading, IsOfThisProcess) {
  const ProcessReading process = read_process();
  EXPECT_GT(process.resident_bytes, 1'000'000u);
  EXPECT_GE(process.virtual_bytes, process.resident_bytes);
  EXPECT_GE(process.open_fds, 3u);
  EXPECT_GT(process.max_fds, process.open_fds);
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_LE(process.start_time, now.count() + 1);
  EXPECT_GT(process.start_time, 1.6e9);
}

}  // namespace
}  // namespace weir
