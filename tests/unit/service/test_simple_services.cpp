// Echo, discard, chargen, daytime, hold and respond, each as a peer meets it.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "fake_connection.hpp"
#include "service/chargen.hpp"
#include "service/daytime.hpp"
#include "service/discard.hpp"
#include "service/echo.hpp"
#include "service/hold.hpp"
#include "service/respond.hpp"

namespace weir {
namespace {

using test::FakeConnection;

TEST(EndReasonNames, AreWhatTheLogSays) {
  EXPECT_EQ(to_string(EndReason::closed), "closed");
  EXPECT_EQ(to_string(EndReason::timed_out), "timed-out");
  EXPECT_EQ(to_string(EndReason::shut_down), "shut-down");
  EXPECT_EQ(to_string(EndReason::killed), "killed");
}

TEST(Echo, SendsBackWhatArrives) {
  EchoService echo;
  FakeConnection peer(echo);
  peer.sends("hello");
  EXPECT_EQ(peer.reads(), "hello");
}

TEST(Echo, TakesNoMoreThanItCanSendAndGoesOnWhenThePeerReads) {
  EchoService echo;
  FakeConnection peer(echo);
  peer.send_buffer = 10;
  const std::string text = "The quick brown fox jumps over the lazy dog";
  peer.sends(text);
  EXPECT_EQ(peer.unconsumed(), text.size() - 10);
  peer.acknowledges(4);
  EXPECT_EQ(peer.queued(), 10u);
  EXPECT_EQ(peer.reads(), text);
  EXPECT_EQ(peer.unconsumed(), 0u);
}

TEST(Echo, AsksForNothingWhenNothingWaits) {
  EchoService echo;
  FakeConnection peer(echo);
  peer.sends("abc");
  peer.acknowledges(1);
  EXPECT_FALSE(peer.resumed);
  EXPECT_EQ(peer.word(), 0u);
}

TEST(Echo, ClosesAfterThePeer) {
  EchoService echo;
  FakeConnection peer(echo);
  peer.sends("bye");
  peer.closes();
  EXPECT_TRUE(peer.closed);
  EXPECT_EQ(peer.reads(), "bye");
}

TEST(EchoDatagrams, AnswerInPlaceOrElsewhere) {
  EchoDatagrams echo;
  EXPECT_TRUE(echo.answers_anything());
  std::array<std::uint8_t, 4> text{1, 2, 3, 4};
  Datagram datagram;
  datagram.text = text;
  EXPECT_EQ(echo.on_datagram(datagram, text), 4);
  std::array<std::uint8_t, 4> elsewhere{};
  EXPECT_EQ(echo.on_datagram(datagram, elsewhere), 4);
  EXPECT_EQ(elsewhere, text);
  EXPECT_EQ(echo.on_datagram(datagram, std::span(elsewhere).first(2)), 2);
}

TEST(EchoDatagrams, AnswerAnEmptyDatagramWithAnEmptyOne) {
  EchoDatagrams echo;
  EXPECT_EQ(echo.on_datagram(Datagram(), {}), 0);
}

TEST(Discard, ConsumesEverythingAndSaysNothing) {
  DiscardService discard;
  FakeConnection peer(discard);
  peer.sends(std::string(100'000, 'x'));
  EXPECT_EQ(peer.unconsumed(), 0u);
  EXPECT_EQ(peer.reads(), "");
  peer.closes();
  EXPECT_TRUE(peer.closed);
}

TEST(DiscardDatagrams, AreNotAnswered) {
  DiscardDatagrams discard;
  EXPECT_FALSE(discard.answers_anything());
  std::array<std::uint8_t, 4> text{};
  EXPECT_LT(discard.on_datagram(Datagram(), text), 0);
}

TEST(Hold, NeverReads) {
  HoldService hold;
  FakeConnection peer(hold);
  peer.sends("anybody there?");
  EXPECT_EQ(peer.unconsumed(), 14u);
  EXPECT_EQ(peer.reads(), "");
  EXPECT_FALSE(peer.closed);
}

// RFC 864: 72 characters a line, each line beginning one printing character later.
std::string chargen_line(std::size_t n) {
  std::string line;
  for (std::size_t i = 0; i < 72; ++i) line += static_cast<char>(' ' + (n + i) % 95);
  return line + "\r\n";
}

TEST(Chargen, SendsTheRotatingPatternWithoutASeam) {
  ChargenService chargen;
  FakeConnection peer(chargen);
  peer.opens();
  peer.acknowledges(2'000'000);  // several pieces further on
  std::string expected;
  for (std::size_t n = 0; expected.size() < 2'000'000; ++n) expected += chargen_line(n);
  EXPECT_GE(peer.queued(), 100'000u);
  peer.closes();
  EXPECT_EQ(peer.reads().substr(0, 800'000), expected.substr(0, 800'000));
}

TEST(Chargen, NeverRunsDryWhileThePeerReads) {
  ChargenService chargen;
  FakeConnection peer(chargen);
  peer.max_pieces = 2;
  peer.opens();
  peer.sends("thrown away");
  EXPECT_EQ(peer.unconsumed(), 0u);
  for (int i = 0; i < 20; ++i) {
    peer.acknowledges(100'000);
    ASSERT_GT(peer.queued(), 0u);
  }
}

TEST(Chargen, StopsWhenThePeerCloses) {
  ChargenService chargen;
  FakeConnection peer(chargen);
  peer.opens();
  peer.closes();
  EXPECT_TRUE(peer.closed);
  peer.acknowledges(peer.queued());
  EXPECT_EQ(peer.queued(), 0u);
}

TEST(Daytime, SendsOneLineAndCloses) {
  WallClock clock;
  clock.set(383'247'463);  // RFC 867's example, in UTC
  DaytimeService daytime(clock);
  FakeConnection peer(daytime);
  peer.opens();
  EXPECT_TRUE(peer.closed);
  peer.sends("ignored");
  EXPECT_EQ(peer.unconsumed(), 0u);
  EXPECT_EQ(peer.reads(), "Monday, February 22, 1982 17:37:43-UTC\r\n");
}

TEST(Respond, AnswersEachArrivalWithItsSize) {
  for (const std::uint32_t size : {1U, 256U, 257U, 5000U}) {
    RespondService respond({size, false});
    FakeConnection peer(respond);
    peer.send_buffer = 100'000;
    peer.sends("one");
    EXPECT_EQ(peer.reads(), std::string(size, 'x'));
    peer.sends("two");
    EXPECT_EQ(peer.reads().size(), size);
    EXPECT_EQ(peer.answers.size(), 2u) << "each is timed";
    EXPECT_EQ(peer.unconsumed(), 0u);
    EXPECT_FALSE(peer.closed);
  }
}

TEST(Respond, ClosesAfterItsReplyWhenAsked) {
  RespondService respond({10, true});
  FakeConnection peer(respond);
  peer.sends("GET");
  EXPECT_TRUE(peer.closed);
  EXPECT_EQ(peer.reads().size(), 10u);
  peer.sends("too late");
  EXPECT_EQ(peer.unconsumed(), 0u);
}

TEST(Respond, WaitsForRoomWhenAnswersPileUp) {
  RespondService respond({200, false});
  FakeConnection peer(respond);
  peer.max_pieces = 1;
  peer.sends("one");
  peer.sends("two");
  EXPECT_EQ(peer.unconsumed(), 3u);
  EXPECT_EQ(peer.reads().size(), 400u);
  EXPECT_EQ(peer.unconsumed(), 0u);
  EXPECT_EQ(peer.answers.size(), 1u) << "when the second came is not known any more";
  peer.sends("three");
  EXPECT_EQ(peer.answers.size(), 2u);
}

TEST(RespondDatagrams, AnswerNoMoreThanTheyWereAsked) {
  RespondDatagrams respond({3, false});
  EXPECT_TRUE(respond.answers_anything());
  std::array<std::uint8_t, 5> room{};
  EXPECT_EQ(respond.on_datagram(Datagram(), room), 3);
  EXPECT_EQ(room, (std::array<std::uint8_t, 5>{'x', 'x', 'x', 0, 0}));
  EXPECT_EQ(respond.on_datagram(Datagram(), std::span(room).first(2)), 2);
  EXPECT_EQ(respond.on_datagram(Datagram(), {}), 0);
}

}  // namespace
}  // namespace weir
