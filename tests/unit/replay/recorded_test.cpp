// Lives that a recording and its replay must get right, one by one.
#include <gtest/gtest.h>

#include "pipeline/observer.hpp"
#include "replay/player.hpp"
#include "service/discard.hpp"
#include "support/peer.hpp"
#include "support/replayed.hpp"

namespace weir::test {
namespace {

struct Nobody final : ReplaySink {
  void received(const ReplayedFrame&) override {}
  void sent(Instant, std::uint8_t, std::span<const std::uint8_t>) override {}
};

PeerSetup unrecorded() {
  PeerSetup setup;
  setup.stack.recorded = Stack::Config::Recorded::no;
  return setup;
}

/// With the echo.
Peer connected() {
  PeerSetup setup = unrecorded();
  setup.port = kEchoPort;
  Peer peer(Family::v4, setup);
  peer.connects();
  return peer;
}

void begin_recording(Stack& stack, FlightSettings settings = {FlightRecorder::kLeastBytes, 192}) {
  settings.max_flows = stack.snapshot().max_flows;
  (void)stack.pipeline().record_into(std::make_unique<FlightRecorder>(settings));
}

std::vector<FrameFacts> frames_of(const FlightRecorder& recorder) {
  std::vector<FrameFacts> frames;
  for (const auto records : recorder.records()) {
    FlightReader reader(records);
    FlightRecord record;
    while (reader.next(record)) {
      if (record.kind == FlightKind::frame) frames.push_back(record.as<FrameFacts>());
    }
  }
  return frames;
}

std::vector<ServiceObjects> stand_ins_for(const Snapshot& snapshot) {
  std::vector<ServiceObjects> services(snapshot.services.size());
  for (ServiceObjects& service : services) {
    service = {std::make_unique<ScriptedService>(), std::make_unique<DiscardDatagrams>()};
  }
  return services;
}

/// Plays it again: nothing may differ.
void expect_as_in_life(Stack& stack, const FlightRecorder& recorder) {
  expect_the_same_again(recorder, {stack.snapshot(), stand_ins_for(stack.snapshot()), true,
                                   frames_of(recorder).size()});
}

/// Wants to see ICMP alone.
struct SeesIcmp final : Observer {
  bool wants(const Frame& frame) noexcept override { return frame.bytes()[23] == 1; }
  void begin(const Frame&) noexcept override {}
  void reached(Progress) noexcept override {}
  void end(const Observation& what) noexcept override { seen.push_back(what.outcome); }
  void handed_over() noexcept override { ADD_FAILURE() << "to whom?"; }
  void leaving(std::span<const Frame>) noexcept override {}
  void left(std::uint32_t) noexcept override {}
  std::vector<Outcome> seen;
};

// What came before a frame goes first where its verdict depends on it, or where somebody watches.
TEST(Recorded, EachFrameOfABurstHasItsOwnVerdict) {
  for (const bool watched : {false, true}) {
    Peer peer = connected();
    Stack& stack = peer.stack();
    begin_recording(stack);
    SeesIcmp observer;
    if (watched) stack.pipeline().observe(&observer);
    const std::vector<Octets> burst{peer.frame_of(data("text")),
                                    icmp_frame(from_peer(Family::v4), 3, 1, Octets(32, 0))};
    stack.receive_burst(burst);
    stack.pipeline().observe(nullptr);
    const auto recorder = stack.pipeline().record_into(nullptr);
    const auto frames = frames_of(*recorder);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].outcome.verdict, Verdict::delivered);
    EXPECT_EQ(frames[1].outcome.verdict, Verdict::dropped);
    EXPECT_EQ(frames[1].outcome.reason, Drop::icmp_error_ignored);
    ASSERT_EQ(observer.seen.size(), watched ? 1U : 0U);
    for (const Outcome& seen : observer.seen) EXPECT_EQ(seen.reason, Drop::icmp_error_ignored);
    expect_as_in_life(stack, *recorder);
  }
}

// The text is the old connection's, though a new one of that name comes in the same burst.
TEST(Recorded, TwoConnectionsOfOneNameInABurst) {
  Peer peer = connected();
  Stack& stack = peer.stack();
  begin_recording(stack);
  const std::vector<Octets> burst{peer.frame_of(data("text")), peer.frame_of(rst()),
                                  peer.frame_of(syn().seq(70'000))};
  stack.receive_burst(burst);
  const auto recorder = stack.pipeline().record_into(nullptr);
  EXPECT_EQ(frames_of(*recorder)[0].outcome.verdict, Verdict::delivered);
  EXPECT_EQ(frames_of(*recorder)[2].outcome.verdict, Verdict::answered);
  expect_as_in_life(stack, *recorder);
}

TEST(Recorded, AConnectionThatTheOperatorEndedInTimeWaitIsGone) {
  Peer peer = Peer::time_wait(Family::v4, unrecorded());
  Stack& stack = peer.stack();
  begin_recording(stack);
  peer.sends(ack());  // so that the recorder knows it
  (void)peer.takes_all();
  const auto flows = stack.flows();
  EXPECT_EQ(stack.pipeline().end_flows(flows, stack.now()).ended, 1U);
  peer.sends(ack());
  const auto recorder = stack.pipeline().record_into(nullptr);
  EXPECT_EQ(frames_of(*recorder).back().outcome.reason, Drop::tcp_no_connection);
  expect_as_in_life(stack, *recorder);
}

// A reload numbers services as they come, a replay as they stand in the file.
TEST(Recorded, GaugesFindTheirServiceByItsName) {
  Peer peer = connected();
  begin_recording(peer.stack());
  peer.sends(data("text"));
  const auto recorder = peer.stack().pipeline().record_into(nullptr);
  Snapshot other = peer.stack().snapshot();
  std::swap(other.services[0].name, other.services[1].name);
  Nobody nobody;
  Player player({.snapshot = other, .services = stand_ins_for(other)}, nobody);
  for (const auto records : recorder->records()) player.play(records);
  EXPECT_EQ(player.counters().services[0].connections.get(), 0U);
  EXPECT_EQ(player.counters().services[1].connections.get(), 1U) << other.services[1].name;
}

// What was saved of a connection of a service that is retired goes to whoever has its place.
TEST(Recorded, GaugesOfWhatAReloadTookAwayCountInItsHeir) {
  Stack::Config config;
  config.recorded = Stack::Config::Recorded::no;
  config.tune = [](Snapshot& s) {
    ServiceLimits heir = s.services[0];
    heir.name = "heir";
    s.services[0].retired = true;
    const Address& address = our_address(Family::v4);
    s.listeners.retire(s.listeners.find(Transport::tcp, address, kEchoPort));
    s.listeners.add(
        {address, kEchoPort, Transport::tcp, static_cast<std::uint16_t>(s.services.size())});
    s.services.push_back(heir);
  };
  Stack stack(config);
  stack.counters().services[0].connections.set(3);
  begin_recording(stack);
  stack.receive(udp_frame(from_peer(Family::v4), 5000, kEchoPort, "abc"));
  const auto recorder = stack.pipeline().record_into(nullptr);
  stack.counters().services[0].connections.set(0);
  Nobody nobody;
  Player player({.snapshot = stack.snapshot(), .services = stand_ins_for(stack.snapshot())},
                nobody);
  for (const auto records : recorder->records()) player.play(records);
  EXPECT_EQ(player.counters().services[stack.snapshot().services.size() - 1].connections.get(), 3U);
}

// Each address has a few places, and they are others in the replay.
TEST(Recorded, ATableFullOfNeighboursEnds) {
  Stack::Config config;
  config.recorded = Stack::Config::Recorded::no;
  Stack stack(config);
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots; ++slot) {
    Address address = *Address::parse("2001:db8::1:0:0");
    address.bytes[14] = static_cast<std::uint8_t>(slot >> 8);
    address.bytes[15] = static_cast<std::uint8_t>(slot);
    stack.neighbours().write(slot, {address, kPeerMac, Reachability::stale, 0});
  }
  begin_recording(stack);
  stack.receive(udp_frame(from_peer(Family::v4), 5000, kDiscardPort, "abc"));
  const auto recorder = stack.pipeline().record_into(nullptr);
  Nobody nobody;
  Player player({.snapshot = stack.snapshot(), .services = stand_ins_for(stack.snapshot())},
                nobody);
  for (int twice = 0; twice < 2; ++twice) {
    for (const auto records : recorder->records()) player.play(records);
  }
  EXPECT_EQ(player.sums().frames, 2U);
}

// Room is asked for what comes, not for the longest frame that may be kept.
TEST(Recorded, ShortFramesFillTheRing) {
  Stack::Config config;
  config.recorded = Stack::Config::Recorded::no;
  Stack stack(config);
  begin_recording(stack, {FlightRecorder::kLeastBytes, 65535});
  const std::vector<Octets> burst(32, udp_frame(from_peer(Family::v4), 5000, kDiscardPort, "abc"));
  for (int i = 0; i < 20; ++i) stack.receive_burst(burst);
  const auto recorder = stack.pipeline().record_into(nullptr);
  EXPECT_EQ(frames_of(*recorder).size(), 20U * 32) << "none is forgotten yet";
}

}  // namespace
}  // namespace weir::test
