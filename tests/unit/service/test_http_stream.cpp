// Files that are read ahead: what a client gets of them, whatever the disk and the others do.
#include "stream_fixture.hpp"

namespace weir {
namespace {

using namespace test;

std::string head_of(std::string text) { return text.substr(0, text.find("\r\n\r\n")); }

TEST_F(StreamTest, ServesAFileThatIsNotInMemory) {
  FakeConnection& peer = asks(get("/large.bin"));
  EXPECT_NE(head_of(peer.reads()).find("200 OK"), std::string::npos)
      << "the head waits for no disk";
  EXPECT_TRUE(receives(peer) == large);
  EXPECT_EQ(peer.timeout, Duration::zero());
  EXPECT_EQ(peer.word(), 0u) << "an idle connection has a session";
}

TEST_F(StreamTest, SaysOfItWhatItSaysOfAFileInMemory) {
  std::string cached = [&] {
    const auto content = HttpContent::load({.root = root.string()}).value();
    HttpService plain({}, clock, content);
    FakeConnection peer(plain);
    peer.sends(get("/large.bin"));
    return peer.reads();
  }();
  std::string streamed = receives(asks(get("/large.bin")));
  EXPECT_TRUE(cached == streamed);
}

TEST_F(StreamTest, ServesRangesOfIt) {
  const std::size_t size = large.size();
  const std::vector<std::pair<std::size_t, std::size_t>> ranges{{0, 0},
                                                                {kChunk - 1, kChunk},
                                                                {kChunk, 2 * kChunk - 1},
                                                                {5, 3 * kChunk + 7},
                                                                {size - 1, size - 1}};
  for (const auto& [first, last] : ranges) {
    const std::string range = std::to_string(first) + "-" + std::to_string(last);
    std::string text = receives(asks(get("/large.bin", "Range: bytes=" + range + "\r\n")));
    const Response response = take_response(text);
    EXPECT_EQ(response.status, 206);
    EXPECT_EQ(response.field("Content-Range"), "bytes " + range + "/" + std::to_string(size));
    EXPECT_TRUE(response.body == large.substr(first, last - first + 1)) << range;
    EXPECT_EQ(text, "");
  }
  std::string text =
      receives(asks(get("/large.bin", "Range: bytes=" + std::to_string(size) + "-\r\n")));
  EXPECT_EQ(take_response(text).status, 416);
}

TEST_F(StreamTest, ReadsNothingForHeadAndConditions) {
  std::string text = asks(request("HEAD", "/large.bin")).reads();
  const Response head = take_response(text, false);
  EXPECT_EQ(head.field("Content-Length"), std::to_string(large.size()));
  text = asks(get("/large.bin", "If-None-Match: " + head.field("ETag") + "\r\n")).reads();
  EXPECT_EQ(take_response(text).status, 304);
  text = asks(get("/large.bin", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n")).reads();
  EXPECT_EQ(take_response(text).status, 200);
  EXPECT_EQ(asked().size(), 4u) << "of the last one alone";
}

TEST_F(StreamTest, AnswersPipelinedRequestsInOrder) {
  FakeConnection& peer = asks(get("/small.txt") + get("/large.bin") + get("/small.txt") +
                              get("/large.bin", "Range: bytes=7-9\r\n") + get("/large.bin"));
  std::string text = receives(peer);
  EXPECT_EQ(take_response(text).body, kSmall);
  EXPECT_TRUE(take_response(text).body == large);
  EXPECT_EQ(take_response(text).body, kSmall);
  EXPECT_EQ(take_response(text).body, large.substr(7, 3));
  EXPECT_TRUE(take_response(text).body == large);
  EXPECT_EQ(text, "");
}

TEST_F(StreamTest, PutsChunksThatComeOutOfOrderInOrder) {
  FakeConnection& peer = asks(get("/large.bin"));
  std::string text;
  for (unsigned turn = 0; text.size() < large.size(); ++turn) {
    while (!asked().empty()) reads(turn++ * 7 % asked().size());
    text += peer.reads();
  }
  EXPECT_TRUE(take_response(text).body == large);
}

TEST_F(StreamTest, HoldsAFewChunksHoweverSlowTheClientIs) {
  FakeConnection& peer = asks(get("/large.bin"));
  reads_all();
  EXPECT_EQ(ahead->figures().free.get(), kPool - ReadAhead::kMostChunks);
  const std::size_t head = peer.queued() - ReadAhead::kMostChunks * kChunk;
  peer.acknowledges(head + kChunk - 1);
  EXPECT_TRUE(asked().empty()) << "a byte of the first chunk is missing";
  peer.acknowledges(1);
  ASSERT_EQ(asked().size(), 1u);
  EXPECT_EQ(asked()[0].offset, ReadAhead::kMostChunks * kChunk);
}

TEST_F(StreamTest, WaitsForADiskWithoutLosingTheConnection) {
  FakeConnection& peer = asks(get("/large.bin", "Connection: close\r\n"));
  (void)peer.reads();
  for (int i = 0; i < 10; ++i) {
    peer.time = peer.time + 30s;
    peer.lets_time_pass();
  }
  EXPECT_FALSE(peer.aborted);
  EXPECT_FALSE(peer.closed);
  EXPECT_TRUE(receives(peer) == large);
  EXPECT_TRUE(peer.closed);
}

TEST_F(StreamTest, GoesOnWhenAConnectionHoldsTooManyPieces) {
  FakeConnection& peer = connect();
  peer.max_pieces = 1;  // the head's
  peer.sends(get("/large.bin"));
  reads_all();
  EXPECT_EQ(peer.pieces(), 1u);
  std::string text = receives(peer);
  EXPECT_TRUE(take_response(text).body == large);
}

TEST_F(StreamTest, TimesTheAnswerWhenTheLastOfItIsQueued) {
  FakeConnection& peer = connect();
  peer.time = Instant(1s);
  peer.sends(get("/large.bin", "Range: bytes=0-" + std::to_string(2 * kChunk - 1) + "\r\n"));
  reads(0);
  EXPECT_TRUE(peer.answers.empty());
  peer.time = Instant(5s);
  reads(0);
  ASSERT_EQ(peer.answers.size(), 1u);
  EXPECT_EQ(peer.answers[0].since, Instant(1s));
}

TEST_F(StreamTest, FinishesForAClientThatHasClosedItsSide) {
  FakeConnection& peer = asks(get("/large.bin"));
  peer.closes();
  EXPECT_FALSE(peer.closed);
  std::string text = receives(peer);
  EXPECT_TRUE(take_response(text).body == large);
  EXPECT_TRUE(peer.closed);
}

TEST_F(StreamTest, ResetsWhoWasPromisedWhatCannotBeRead) {
  FakeConnection& peer = asks(get("/large.bin"));
  reads(0);
  reads(0, false);
  EXPECT_TRUE(peer.aborted);
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(StreamTest, ResetsWhoReadsAFileThatChanges) {
  using Trouble = OpenFile::Trouble;
  FakeConnection& peer = asks(get("/large.bin"));
  reads(0);
  root.write("large.bin", large.substr(0, large.size() / 2));
  const auto file = asked().at(0).file;
  reads(0);
  EXPECT_TRUE(peer.aborted);
  EXPECT_EQ(file->take_trouble(), Trouble::changed);
  EXPECT_EQ(file->take_trouble(), Trouble::none);
  std::string text = asks(get("/large.bin")).reads();
  EXPECT_EQ(take_response(text).status, 503) << "until it is loaded again";
}

TEST_F(StreamTest, FinishesAFileThatAnotherTookTheNameOf) {
  FakeConnection& peer = asks(get("/large.bin"));
  reads(0);
  root.write("next", std::string(5000, 'n'));
  std::filesystem::rename(root.path() / "next", root.path() / "large.bin");
  auto old = service->publish(load());
  std::string text = receives(peer);
  EXPECT_TRUE(take_response(text).body == large);
  EXPECT_EQ(old.use_count(), 1) << "and lets go of it";
  text = receives(asks(get("/large.bin")));
  EXPECT_EQ(take_response(text).body, std::string(5000, 'n'));
}

TEST_F(StreamTest, KeepsAFileOpenThatIsReadForNobodyAnyMore) {
  FakeConnection& peer = asks(get("/large.bin"));
  ASSERT_EQ(asked().size(), 4u);
  auto old = service->publish(load());
  peer.end(EndReason::reset);
  EXPECT_GT(old.use_count(), 1) << "the reader still reads from it";
  EXPECT_EQ(ahead->figures().free.get(), kPool - 4) << "and writes to its chunks";
  reads_all();
  EXPECT_EQ(old.use_count(), 1);
  EXPECT_EQ(ahead->figures().free.get(), kPool);
}

TEST_F(StreamTest, GivesAChunkOfOneThatIsGoneToNobodyElse) {
  asks(get("/large.bin")).end(EndReason::reset);
  FakeConnection& second = asks(get("/large.bin", "Range: bytes=9000-\r\n"));
  while (!asked().empty()) reads(asked().size() - 1);
  std::string text = receives(second);
  EXPECT_TRUE(take_response(text).body == large.substr(9000));
}

TEST_F(StreamTest, EveryoneGetsATurnWhenTheChunksAreFew) {
  start(2);
  std::vector<std::string> texts(7);
  for (std::size_t i = 0; i < texts.size(); ++i) asks(get("/large.bin"));
  EXPECT_EQ(ahead->figures().waiting.get(), 5u);
  for (unsigned turn = 0; turn < 7 * 11; ++turn) {
    ASSERT_EQ(asked().size(), 2u - turn / 76) << "no chunk is idle while somebody waits";
    reads(0);
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] += peers[i]->reads();
    const auto [least, most] = std::minmax_element(
        texts.begin(), texts.end(),
        [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
    ASSERT_LE(most->size() - least->size(), 2 * kChunk) << "turn " << turn;
  }
  for (std::string& text : texts) EXPECT_TRUE(take_response(text).body == large);
}

TEST_F(StreamTest, SomeAreLeftToThoseWhoHaveNone) {
  for (int i = 0; i < 8; ++i) asks(get("/large.bin"));
  reads_all();
  EXPECT_GT(ahead->figures().free.get(), 0u);
  EXPECT_EQ(ahead->figures().waiting.get(), 0u);
}

TEST_F(StreamTest, WhoWaitsMayLeave) {
  start(2);
  for (int i = 0; i < 6; ++i) asks(get("/large.bin"));
  peers[3]->end(EndReason::reset);  // from the middle of the queue, its front and its end
  peers[2]->end(EndReason::reset);
  peers[5]->end(EndReason::reset);
  EXPECT_EQ(ahead->figures().waiting.get(), 1u);
  peers[0]->end(EndReason::reset);
  reads_all();
  EXPECT_EQ(ahead->figures().waiting.get(), 0u);
  std::string text = receives(*peers[4]);
  EXPECT_TRUE(take_response(text).body == large);
}

TEST_F(StreamTest, WhoDoesNotReadLosesItsChunksToThoseWhoWait) {
  start(2);
  FakeConnection& idle = asks(get("/large.bin"));
  FakeConnection& other = asks(get("/large.bin"));
  reads_all();
  const auto look_after = [&](Duration time) {
    idle.time = idle.time + time;
    idle.lets_time_pass();
  };
  look_after(60s);
  EXPECT_FALSE(idle.aborted) << "nobody waits";
  FakeConnection& waits = asks(get("/large.bin"));
  (void)waits.reads();
  look_after(1s);
  EXPECT_TRUE(idle.aborted);
  EXPECT_EQ(ahead->figures().overdue.get(), 1u);
  EXPECT_FALSE(other.aborted);
  EXPECT_TRUE(receives(waits) == large);
}

TEST_F(StreamTest, WhoLeavesTheLastChunkUnreadIsLookedAtToo) {
  start(1);
  FakeConnection& idle = asks(get("/large.bin", "Range: bytes=0-99\r\nConnection: close\r\n"));
  reads_all();
  EXPECT_TRUE(idle.closed);
  EXPECT_NE(idle.timeout, Duration::zero());
  FakeConnection& waits = asks(get("/large.bin", "Range: bytes=5-9\r\n"));
  idle.time = idle.time + 10s;
  idle.lets_time_pass();
  EXPECT_TRUE(idle.aborted);
  std::string text = receives(waits);
  EXPECT_EQ(take_response(text).body, large.substr(5, 5));
}

TEST_F(StreamTest, WhoReadsALittleKeepsAChunkForAWhile) {
  start(1);
  FakeConnection& slow = asks(get("/large.bin"));
  reads_all();
  (void)asks(get("/large.bin"));
  for (int i = 0; i < 5; ++i) {
    slow.time = slow.time + 5s;
    slow.acknowledges(300);
    slow.lets_time_pass();
    ASSERT_FALSE(slow.aborted) << i;
  }
  slow.time = slow.time + 5s;
  slow.acknowledges(300);
  slow.lets_time_pass();
  EXPECT_TRUE(slow.aborted);
}

TEST_F(StreamTest, SaysSoWhenNothingCanBeReadAhead) {
  HttpService without({}, clock, load());
  FakeConnection peer(without);
  peer.sends(get("/large.bin"));
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 503);
  start(2, 1);
  (void)asks(get("/large.bin"));
  text = asks(get("/large.bin")).reads();
  EXPECT_EQ(take_response(text).status, 503) << "too many streams";
  text = asks(get("/small.txt")).reads();
  EXPECT_EQ(take_response(text).body, kSmall);
}

}  // namespace
}  // namespace weir
