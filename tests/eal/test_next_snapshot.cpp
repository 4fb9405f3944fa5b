// Numbers that stay from one configuration to the next.
#include <gtest/gtest.h>

#include <set>

#include "pipeline/counters.hpp"
#include "runtime/make_snapshot.hpp"
#include "runtime/next_snapshot.hpp"

namespace weir::test {
namespace {

ServiceConfig service(const std::string& name, std::uint16_t port,
                      Handler handler = Handler::echo) {
  ServiceConfig config;
  config.name = name;
  config.handler = handler;
  config.listen = {{std::nullopt, port, Transport::tcp}};
  return config;
}

/// What runs, and what becomes of it.
class NextSnapshotTest : public ::testing::Test {
 protected:
  NextSnapshotTest() {
    PortConfig port;
    port.name = "p0";
    port.addresses = {*Prefix::parse("192.0.2.1/24")};
    config.ports = {port};
    config.services = {service("a", 1), service("b", 2)};
    PortInfo info;
    info.name = "p0";
    snapshot = std::make_shared<Snapshot>(make_snapshot(config, {info}));
    numbers = {0, 1};
  }
  void go_to(const Config& wanted) {
    StillUsed used{std::vector<bool>(snapshot->services.size(), true),
                   std::vector<bool>(snapshot->listeners.size(), true)};
    for (const std::uint16_t number : idle) used.services[number] = false;
    for (const std::uint16_t index : deserted) used.listeners[index] = false;
    auto next = next_snapshot({*snapshot, config, numbers}, wanted, used);
    ASSERT_TRUE(next.ok());
    snapshot = next.value().snapshot;
    numbers = next.value().numbers;
    fresh = next.value().fresh;
    config = wanted;
  }
  const Listener& at(std::uint16_t port) const {
    const auto index = snapshot->listeners.find(Transport::tcp, *Address::parse("192.0.2.1"), port);
    return snapshot->listeners[index];
  }

  Config config;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::uint16_t> numbers, fresh;
  std::set<std::uint16_t> idle;      // services without connections
  std::set<std::uint16_t> deserted;  // listeners that no flow knows
};

TEST_F(NextSnapshotTest, LimitsChangeInPlace) {
  Config wanted = config;
  wanted.services[1].backlog = 7;
  wanted.services[1].idle_timeout = 5s;
  wanted.tcp.msl = 10s;
  go_to(wanted);
  EXPECT_TRUE(fresh.empty());
  EXPECT_EQ(numbers, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(snapshot->services[1].backlog, 7U);
  EXPECT_EQ(snapshot->services[1].tcp.idle_ms, 5000U);
  EXPECT_EQ(snapshot->tcp.msl_ms, 10'000);
  EXPECT_EQ(snapshot->listeners.size(), 2U);
}

TEST_F(NextSnapshotTest, AnotherOrderIsNoChange) {
  Config wanted = config;
  std::swap(wanted.services[0], wanted.services[1]);
  go_to(wanted);
  EXPECT_EQ(numbers, (std::vector<std::uint16_t>{1, 0}));
  EXPECT_EQ(snapshot->services[0].name, "a");
  EXPECT_EQ(at(1).service, 0);
}

TEST_F(NextSnapshotTest, WhatItsObjectsAreMadeOfMakesAnotherService) {
  Config wanted = config;
  wanted.services[0].handler = Handler::discard;
  go_to(wanted);
  EXPECT_EQ(fresh, (std::vector<std::uint16_t>{2}));
  EXPECT_TRUE(snapshot->services[0].retired);
  EXPECT_EQ(snapshot->services[2].handler, "discard");
  EXPECT_EQ(at(1).service, 2);
  EXPECT_EQ(snapshot->listeners[at(1).older].service, 0) << "for connections of before";
}

TEST_F(NextSnapshotTest, AServiceThatIsGoneListensNoMore) {
  Config wanted = config;
  wanted.services.pop_back();
  go_to(wanted);
  EXPECT_TRUE(snapshot->services[1].retired);
  EXPECT_TRUE(at(2).retired);
  EXPECT_FALSE(at(2).passive);
  EXPECT_TRUE(at(1).passive);
}

TEST_F(NextSnapshotTest, ANumberIsUsedAgainWhenItsServiceIsThrough) {
  Config wanted = config;
  wanted.services.pop_back();
  go_to(wanted);
  wanted.services.push_back(service("c", 3));
  go_to(wanted);
  EXPECT_EQ(fresh, (std::vector<std::uint16_t>{2})) << "b has connections";
  wanted.services.push_back(service("d", 4));
  idle = {1};
  go_to(wanted);
  EXPECT_EQ(fresh, (std::vector<std::uint16_t>{1}));
  EXPECT_FALSE(snapshot->services[1].retired);
  EXPECT_EQ(snapshot->services[1].name, "d");
}

// Whoever looks at a name sees one history, although another service came first.
TEST_F(NextSnapshotTest, ANameHasItsNumberAgain) {
  const Config first = config;
  Config wanted = config;
  wanted.services.clear();
  go_to(wanted);
  idle = {0, 1};
  wanted.services = {service("c", 3), first.services[1], service("d", 4)};
  go_to(wanted);
  EXPECT_EQ(numbers, (std::vector<std::uint16_t>{0, 1, 2}));
  EXPECT_EQ(snapshot->services[1].name, "b");
}

TEST_F(NextSnapshotTest, WhoHadAPlaceLeavesTheRowWithHisLastConnection) {
  const Config first = config;
  Config wanted = config;
  wanted.services[0].handler = Handler::discard;
  go_to(wanted);
  ASSERT_EQ(at(1).older, 0);
  go_to(wanted);
  EXPECT_EQ(at(1).older, 0) << "it has connections";
  deserted = {0};
  go_to(wanted);
  EXPECT_EQ(at(1).older, kNoListener);
  EXPECT_EQ(at(1).service, 2);
  idle = {0};
  go_to(first);
  EXPECT_EQ(&at(1), &snapshot->listeners[0]) << "the index is there to be used again";
  EXPECT_EQ(at(1).older, 2);
}

// Its listeners take connections until the last worker has gone over.
TEST_F(NextSnapshotTest, ANumberIsNotUsedAgainByTheReloadThatRetiresIt) {
  idle = {0, 1};
  Config wanted = config;
  wanted.services[0].handler = Handler::discard;
  go_to(wanted);
  EXPECT_EQ(fresh, (std::vector<std::uint16_t>{2}));
}

TEST_F(NextSnapshotTest, APlaceComesBack) {
  const Config first = config;
  Config wanted = config;
  wanted.services[0].listen = {{std::nullopt, 9, Transport::tcp}};
  go_to(wanted);
  EXPECT_TRUE(at(1).retired);
  go_to(first);
  EXPECT_FALSE(at(1).retired);
  EXPECT_TRUE(at(1).passive);
  EXPECT_TRUE(at(9).retired);
  EXPECT_EQ(snapshot->listeners.size(), 3U);
}

TEST_F(NextSnapshotTest, DrainingOutlastsAReload) {
  snapshot = drained_snapshot(*snapshot, {0}, true);
  EXPECT_FALSE(at(1).passive);
  EXPECT_TRUE(at(2).passive);
  Config wanted = config;
  wanted.services[0].backlog = 7;
  wanted.services[0].listen.push_back({std::nullopt, 9, Transport::tcp});
  go_to(wanted);
  EXPECT_TRUE(snapshot->services[0].draining);
  EXPECT_FALSE(at(1).passive);
  EXPECT_FALSE(at(9).passive);
  wanted.services[0].handler = Handler::discard;
  go_to(wanted);
  EXPECT_FALSE(at(1).passive) << "another service of the same name";
  snapshot = drained_snapshot(*snapshot, {numbers[0]}, false);
  EXPECT_TRUE(at(1).passive);
}

TEST_F(NextSnapshotTest, AnAddressKeepsItsState) {
  snapshot->ports[0].states->set(0, AddressState::duplicated);
  Config wanted = config;
  wanted.ports[0].addresses = {*Prefix::parse("192.0.2.9/24"), *Prefix::parse("192.0.2.1/24")};
  go_to(wanted);
  EXPECT_EQ(snapshot->ports[0].states->at(0), AddressState::tentative);
  EXPECT_EQ(snapshot->ports[0].states->at(1), AddressState::duplicated);
}

TEST_F(NextSnapshotTest, TooManyServicesAreRefused) {
  Config wanted = config;
  for (std::uint16_t i = 0; i < kMaxServices - 1; ++i) {
    wanted.services.push_back(
        service("s" + std::to_string(i), static_cast<std::uint16_t>(100 + i)));
  }
  const StillUsed all{{true, true}, {true, true}};
  EXPECT_FALSE(next_snapshot({*snapshot, config, numbers}, wanted, all).ok());
}

}  // namespace
}  // namespace weir::test
