// Captures of a whole stack: what they see, what they leave out, and what they cost it.
#include "capture/tap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/describe.hpp"
#include "support/peer.hpp"
#include "support/stack.hpp"
#include "support/watcher.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

/// A stack with a capture of its own, whatever the surroundings say.
class Watched {
 public:
  explicit Watched(TapWish wish, std::shared_ptr<const FrameFilter> filter = nullptr,
                   std::size_t ring = TapSink::kRingBytes)
      : stack_([] {
          Stack::Config config;
          config.watched = false;
          return config;
        }()),
        tap_(stack_.counters(), []() noexcept -> std::uint64_t { return 1; }),
        sink_(std::make_shared<TapSink>(wish, std::move(filter), ring)) {
    EXPECT_TRUE(tap_.add(sink_));
    stack_.pipeline().observe(&tap_);
  }
  ~Watched() { stack_.pipeline().observe(nullptr); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  Stack& stack() { return stack_; }
  TapSink& sink() { return *sink_; }
  std::vector<WatchedFrame> seen() {
    std::vector<WatchedFrame> all;
    for (auto bytes = sink_->ring().front(); !bytes.empty(); bytes = sink_->ring().front()) {
      const FrameRecordView record(bytes);
      all.push_back({record.head, {record.bytes().begin(), record.bytes().end()}, {}});
      sink_->ring().pop();
    }
    return all;
  }

 private:
  Stack stack_;
  Tap tap_;
  std::shared_ptr<TapSink> sink_;
};

Octets good() { return echo_request(from_peer(Family::v4), "hello"); }
Octets bad() { return tcp_frame(from_peer(Family::v4), syn().bad_checksum()); }
Octets nobody() { return udp_frame(from_peer(Family::v4), 5000, kClosedPort, "abc"); }

TEST(Tap, ARecordHasTheFrameAsItCameAndWhatBecameOfIt) {
  Watched w({});
  w.stack().receive(good());
  w.stack().receive(bad());
  w.stack().receive(nobody());
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].bytes, good()) << "though the answer was made in its buffer";
  EXPECT_EQ(seen[0].head.what.outcome.verdict, Verdict::answered);
  EXPECT_EQ(seen[0].head.what.sent, 1);
  EXPECT_FALSE(seen[0].head.what.outcome.has_reason);
  EXPECT_EQ(seen[1].bytes, bad());
  EXPECT_EQ(seen[1].head.what.outcome.verdict, Verdict::dropped);
  EXPECT_EQ(seen[1].head.what.outcome.reason, Drop::tcp_bad_checksum);
  EXPECT_EQ(seen[2].head.what.outcome.verdict, Verdict::answered);
  EXPECT_EQ(seen[2].head.what.outcome.reason, Drop::udp_no_listener);
}

TEST(Tap, ASegmentIsToldWithItsConnection) {
  Watched w({});
  w.stack().receive(tcp_frame(from_peer(Family::v4), syn().seq(1)));
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_NE(seen[0].head.what.flow, kNoFlow);
  EXPECT_EQ(seen[0].head.what.before, State::free);
  EXPECT_EQ(seen[0].head.what.after, State::syn_received);
}

TEST(Tap, RefusedFramesAlone) {
  Watched w({.sent = false, .refused_only = true});
  for (const Octets& frame : {good(), bad(), good(), nobody()}) w.stack().receive(frame);
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].bytes, bad());
  EXPECT_EQ(seen[1].bytes, nobody());
  EXPECT_EQ(w.sink().matched(), 2U);
}

TEST(Tap, RefusedForOneReason) {
  Watched w({.sent = false, .refused_only = true, .reason = Drop::udp_no_listener});
  for (const Octets& frame : {bad(), nobody(), bad()}) w.stack().receive(frame);
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].bytes, nobody());
}

TEST(Tap, WhatTheFilterTakesInABurstOfBoth) {
  Watched w({}, FrameFilter::compile("tcp").value());
  const std::vector<Octets> burst{good(), bad(), good(), bad(), nobody()};
  w.stack().receive_burst(burst);
  EXPECT_EQ(w.seen().size(), 2U);
  EXPECT_EQ(w.stack().counters().received.get(), 5U);
  EXPECT_EQ(w.stack().sent().size(), 3U) << "the others are answered all the same";
}

TEST(Tap, OnlyTheFirstBytes) {
  Watched w({.most_bytes = 20});
  w.stack().receive(good());
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].head.length, good().size());
  const Octets whole = good();
  EXPECT_EQ(seen[0].bytes, Octets(whole.begin(), whole.begin() + 20));
}

TEST(Tap, AFullRingLosesFramesAndCountsThem) {
  Watched w({}, nullptr, 4096);
  for (int i = 0; i < 100; ++i) w.stack().receive(good());
  const std::size_t kept = w.seen().size();
  EXPECT_GT(kept, 10U);
  EXPECT_EQ(w.sink().matched(), 100U);
  EXPECT_EQ(w.sink().lost(), 100 - kept);
  EXPECT_EQ(w.stack().sent().size(), 100U) << "who watches holds nobody up";
  w.stack().receive(good());
  EXPECT_EQ(w.seen().size(), 1U) << "there is room again";
}

TEST(Tap, OfFramesOfferedToAPortThoseThatItTook) {
  Watched w({});
  MemoryPool pool(8, 2048);
  std::vector<Frame> frames;
  for (std::uint8_t i = 0; i < 3; ++i) frames.push_back(pool.make(Octets(60, i)));
  Observer* const tap = w.stack().pipeline().observer();
  tap->leaving(frames);
  tap->left(1);
  tap->leaving(std::span(frames).subspan(1));
  tap->left(0);
  tap->leaving(std::span(frames).subspan(1));
  tap->left(2);
  const auto seen = w.seen();
  ASSERT_EQ(seen.size(), 3U);
  for (std::uint8_t i = 0; i < 3; ++i) {
    EXPECT_EQ(seen[i].bytes, Octets(60, i));
    EXPECT_EQ(seen[i].head.direction, Direction::sent);
  }
  EXPECT_EQ(w.sink().matched(), 3U);
}

TEST(Tap, TakesFourAndGivesThemBack) {
  WorkerCounters counters;
  Tap tap(counters, []() noexcept -> std::uint64_t { return 1; });
  std::vector<std::shared_ptr<TapSink>> sinks;
  for (std::size_t i = 0; i <= Tap::kMostSinks; ++i) {
    sinks.push_back(std::make_shared<TapSink>(TapWish{}, nullptr, 4096));
    EXPECT_EQ(tap.add(sinks.back()), i < Tap::kMostSinks);
  }
  EXPECT_EQ(tap.remove(sinks.back().get()), nullptr);
  for (std::size_t i = 0; i < Tap::kMostSinks; ++i) EXPECT_EQ(tap.remove(sinks[i].get()), sinks[i]);
  EXPECT_TRUE(tap.empty());
}

TEST(Tap, AStoryNamesTheCountersThatMoved) {
  Stack::Config config;
  config.watched = false;
  Stack stack(config);
  TapWish wish;
  wish.story = true;
  Watcher watcher(stack.counters(), wish);
  stack.pipeline().observe(&watcher.tap());
  stack.receive(tcp_frame(from_peer(Family::v4), syn().seq(1)));
  watcher.look();
  const auto seen = watcher.take();
  ASSERT_FALSE(seen.empty());
  std::vector<Mib> moved;
  for (const CounterStep& step : seen[0].steps) moved.push_back(static_cast<Mib>(step.counter));
  EXPECT_THAT(moved, testing::UnorderedElementsAre(Mib::TcpInSegs, Mib::TcpOutSegs));
  stack.pipeline().observe(nullptr);
}

}  // namespace
}  // namespace weir::test
