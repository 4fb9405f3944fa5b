// What is remembered of refused frames, on a whole stack.
#include "pipeline/refused_frames.hpp"

#include <gtest/gtest.h>

#include "capture/describe.hpp"
#include "support/stack.hpp"

namespace weir::test {
namespace {

std::vector<RefusedFrame> refused(Stack& stack) {
  std::vector<RefusedFrame> all;
  const RefusedFrames& kept = stack.pipeline().refused_frames();
  (void)kept.copy(0, RefusedFrames::kKept, all);
  return all;
}

std::string text_of(const RefusedFrame& frame) {
  return weir::describe(std::span(frame.bytes.data(), frame.captured));
}

TEST(RefusedFrames, ADroppedFrameIsKeptAsItCame) {
  Stack stack;
  const Octets bytes = tcp_frame(from_peer(Family::v4), syn().seq(1).win(9).bad_checksum());
  stack.receive(bytes);
  const auto all = refused(stack);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome.verdict, Verdict::dropped);
  EXPECT_EQ(all[0].outcome.reason, Drop::tcp_bad_checksum);
  EXPECT_EQ(all[0].at, stack.now());
  EXPECT_EQ(all[0].length, bytes.size());
  EXPECT_EQ(Octets(all[0].bytes.begin(), all[0].bytes.begin() + all[0].captured), bytes);
}

// The answer is made in the same buffer.
TEST(RefusedFrames, WhatWasAnsweredForAReasonIsKeptAsItCame) {
  for (const Family f : kBoth) {
    Stack stack;
    Seg nobody = syn().seq(1).win(9);
    nobody.destination_port = kClosedPort;
    stack.receive(tcp_frame(from_peer(f), nobody));
    stack.receive(udp_frame(from_peer(f), 5000, kClosedPort, "abc"));
    ASSERT_EQ(stack.sent().size(), 2U) << "an RST and an ICMP error";
    const auto all = refused(stack);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].outcome.verdict, Verdict::answered);
    EXPECT_EQ(all[0].outcome.reason, Drop::tcp_no_listener);
    EXPECT_NE(text_of(all[0]).find(":81 tcp S, seq 1, win 9"), std::string::npos)
        << text_of(all[0]);
    EXPECT_EQ(all[1].outcome.reason, Drop::udp_no_listener);
    EXPECT_NE(text_of(all[1]).find(":81 udp, length 3"), std::string::npos) << text_of(all[1]);
  }
}

TEST(RefusedFrames, WhoseAnswerWaitsForANeighbourAreNotCalledAnswered) {
  Stack::Config config;
  config.neighbours_known = false;
  Stack stack(config);
  Seg nobody = syn().seq(1).win(9);
  nobody.destination_port = kClosedPort;
  stack.receive(tcp_frame(from_peer(Family::v4), nobody));
  const auto all = refused(stack);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome.verdict, Verdict::held);
  EXPECT_EQ(all[0].outcome.reason, Drop::tcp_no_listener);
}

// An ICMP error has those segments through first that came before it.
TEST(RefusedFrames, InABurstEachFrameHasItsOwnReason) {
  Stack stack;
  const Octets error = icmp_frame(from_peer(Family::v4), 3, 1, Octets(32, 0));
  const std::vector<Octets> burst{tcp_frame(from_peer(Family::v4), syn().seq(1)), error};
  stack.receive_burst(burst);
  const auto all = refused(stack);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome.reason, Drop::icmp_error_ignored);
  EXPECT_EQ(Octets(all[0].bytes.begin(), all[0].bytes.begin() + all[0].captured), error);
}

// What could not be answered because there was no way is counted, but its bytes are gone.
TEST(RefusedFrames, OurOwnReplyIsNotTakenForTheFrame) {
  Stack stack;
  Ends far = from_peer(Family::v4);
  far.source = address("203.0.113.9");
  stack.receive(echo_request(far, "hello"));
  EXPECT_EQ(stack.dropped(Drop::neighbour_no_route), 1U);
  EXPECT_TRUE(refused(stack).empty());
}

// Nobody was told: the answer found no way.
TEST(RefusedFrames, AnAnswerThatDoesNotLeaveIsNotRemembered) {
  Stack stack;
  Ends far = from_peer(Family::v4);
  far.source = address("203.0.113.9");
  Seg nobody = syn();
  nobody.destination_port = kClosedPort;
  const Octets bytes = tcp_frame(far, nobody);
  stack.receive(bytes);
  stack.receive(udp_frame(far, 5000, kClosedPort, "abc"));
  EXPECT_TRUE(stack.sent().empty());
  const auto all = refused(stack);
  ASSERT_EQ(all.size(), 2U);
  for (const RefusedFrame& frame : all) {
    EXPECT_EQ(frame.outcome.verdict, Verdict::dropped);
    EXPECT_EQ(frame.outcome.reason, Drop::neighbour_no_route);
  }
  EXPECT_EQ(Octets(all[0].bytes.begin(), all[0].bytes.begin() + all[0].captured), bytes);
}

TEST(RefusedFrames, WhatIsNotRefusedIsNotKept) {
  Stack stack;
  stack.receive(echo_request(from_peer(Family::v4), "hello"));
  stack.receive(udp_frame(from_peer(Family::v4), 5000, kEchoPort, "abc"));
  stack.receive(tcp_frame(from_peer(Family::v4), syn()));
  EXPECT_TRUE(refused(stack).empty());
}

TEST(RefusedFrames, FromTheFirstMomentOn) {
  MemoryPool pool(8, 2048);
  RefusedFrames kept;
  kept.note(pool.make(Octets(60, 1)), Outcome::drop(Drop::eth_truncated), Instant());
  EXPECT_EQ(kept.last(), 1U);
}

TEST(RefusedFrames, OfAFloodSoManyASecondAndOfOtherReasonsAllTheSame) {
  Stack stack;
  const Octets bad = tcp_frame(from_peer(Family::v4), syn().bad_checksum());
  for (int i = 0; i < 1000; ++i) stack.receive(bad);
  EXPECT_EQ(refused(stack).size(), RefusedFrames::kASecond);
  Ends elsewhere = from_peer(Family::v4);
  elsewhere.destination = stranger_address(Family::v4);
  stack.receive(udp_frame(elsewhere, 1, 2, ""));
  EXPECT_EQ(refused(stack).back().outcome.reason, Drop::ip_not_ours);
  stack.advance(1s);
  stack.receive(bad);
  EXPECT_EQ(refused(stack).back().outcome.reason, Drop::tcp_bad_checksum);
  EXPECT_EQ(stack.dropped(Drop::tcp_bad_checksum), 1001U) << "the counter misses none";
}

TEST(RefusedFrames, TheOldestGiveWay) {
  MemoryPool pool(8, 2048);
  RefusedFrames kept;
  const Frame frame = pool.make(Octets(60, 1));
  constexpr std::size_t kMore = 100;
  Instant now(1h);
  for (std::size_t i = 0; i < RefusedFrames::kKept + kMore; ++i, now = now + 1s) {
    kept.note(frame, Outcome::drop(Drop::eth_truncated), now);
  }
  std::vector<RefusedFrame> all;
  const std::uint64_t next = kept.copy(0, 10'000, all);
  EXPECT_EQ(next, kept.last() + 1);
  ASSERT_EQ(all.size(), RefusedFrames::kKept);
  EXPECT_EQ(all.front().number, kMore + 1);
  EXPECT_EQ(all.back().number, kept.last());
}

TEST(RefusedFrames, OneThatHasGivenWayIsNotCorrected) {
  MemoryPool pool(8, 2048);
  RefusedFrames kept;
  const Frame frame = pool.make(Octets(60, 1));
  Instant now(1h);
  const Outcome cut = Outcome::drop(Drop::eth_truncated),
                lost = Outcome::drop(Drop::frames_no_room);
  const std::uint64_t first = kept.note(frame, cut, now);
  kept.correct(first, lost);
  std::vector<RefusedFrame> all;
  (void)kept.copy(0, 1, all);
  EXPECT_EQ(all[0].outcome.reason, Drop::frames_no_room);
  for (std::size_t i = 0; i < RefusedFrames::kKept; ++i) {
    now = now + 1s;
    (void)kept.note(frame, cut, now);
  }
  kept.correct(first, lost);
  kept.correct(0, lost);
  all.clear();
  (void)kept.copy(0, RefusedFrames::kKept, all);
  for (const RefusedFrame& one : all) EXPECT_EQ(one.outcome.reason, Drop::eth_truncated);
}

TEST(RefusedFrames, CanBeReadInSlices) {
  MemoryPool pool(8, 2048);
  RefusedFrames kept;
  const Frame frame = pool.make(Octets(60, 1));
  for (int i = 0; i < 10; ++i) kept.note(frame, Outcome::drop(Drop::eth_truncated), Instant(1h));
  std::vector<RefusedFrame> all;
  std::uint64_t next = 0;
  for (int i = 0; i < 4; ++i) next = kept.copy(next, 3, all);
  ASSERT_EQ(all.size(), 10U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].number, i + 1);
}

}  // namespace
}  // namespace weir::test
