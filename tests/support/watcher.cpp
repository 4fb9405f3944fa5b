#include "support/watcher.hpp"

#include <gtest/gtest.h>

namespace weir::test {
namespace {

// A clock that moves whenever somebody looks at it.
std::uint64_t cycles() noexcept {
  thread_local std::uint64_t now = 0;
  return ++now;
}

}  // namespace

TapWish Watcher::all() {
  TapWish wish;
  wish.story = true;
  return wish;
}

Watcher::Watcher(const WorkerCounters& counters, TapWish wish)
    : counters_(counters),
      tap_(counters, &cycles),
      sink_(std::make_shared<TapSink>(wish, nullptr)) {
  EXPECT_TRUE(tap_.add(sink_));
}

void Watcher::sends(std::span<const Frame> frames) {
  while (!frames.empty()) {
    const auto some = frames.first(std::min<std::size_t>(frames.size(), kMaxBurst));
    tap_.leaving(some);
    tap_.left(static_cast<std::uint32_t>(some.size()));
    frames = frames.subspan(some.size());
    look();
  }
}

void Watcher::look() {
  for (;;) {
    const auto bytes = sink_->ring().front();
    if (bytes.empty()) break;
    const FrameRecordView record(bytes);
    check(record);
    kept_.push_back({record.head, {record.bytes().begin(), record.bytes().end()}, {}});
    for (std::size_t i = 0; i < record.head.steps; ++i) {
      kept_.back().steps.push_back(record.step(i));
    }
    sink_->ring().pop();
  }
  EXPECT_EQ(sink_->lost(), 0U);
  if (sink_->wish().received && !sink_->wish().refused_only) {
    // What another worker's ring did not take is counted when the burst is over.
    const std::uint64_t lost = counters_.dropped[index(Drop::handoff_full)].get();
    EXPECT_EQ(received_ + lost, counters_.received.get()) << "frames that nobody was told of";
  }
}

void Watcher::check(const FrameRecordView& record) {
  const FrameRecord& head = record.head;
  EXPECT_LE(head.captured, head.length);
  if (head.direction == Direction::sent) return;
  ++received_;
  if (head.room_for_steps != 0) {
    EXPECT_LT(head.begun, head.done);
    EXPECT_EQ(head.parsed == 0, head.looked_up == 0);
    if (head.parsed != 0) {
      EXPECT_LT(head.begun, head.parsed);
      EXPECT_LT(head.parsed, head.looked_up);
      EXPECT_LT(head.looked_up, head.done);
    }
  }
  const Outcome& outcome = head.what.outcome;
  if (outcome.verdict != Verdict::dropped) return;
  const std::size_t reason = index(outcome.reason);
  EXPECT_LE(++dropped_[reason], counters_.dropped[reason].get()) << text(outcome.reason).name;
}

}  // namespace weir::test
