// What a replay says when it is not what it was, and that it says the same each time.
#include <gtest/gtest.h>

#include <cstring>

#include "capture/recording.hpp"
#include "replay/player.hpp"
#include "support/peer.hpp"

namespace weir::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// All that a replay tells, in order.
struct Story final : ReplaySink {
  void received(const ReplayedFrame& frame) override { fates.push_back(frame.fate); }
  void sent(Instant at, std::uint8_t, std::span<const std::uint8_t> bytes) override {
    sent_at.push_back(at);
    sent_bytes.emplace_back(bytes.begin(), bytes.end());
  }
  std::vector<ReplayedFrame::Fate> fates;
  std::vector<Instant> sent_at;
  std::vector<Bytes> sent_bytes;
};

class Replay : public testing::Test {
 protected:
  /// A handshake, "hello" to the echo and back, as one worker kept it.
  void record_hello() {
    PeerSetup setup;
    setup.port = kEchoPort;
    setup.stack.recorded = Stack::Config::Recorded::no;
    Peer peer(Family::v4, setup);
    Stack& stack = peer.stack();
    (void)stack.pipeline().record_into(std::make_unique<FlightRecorder>(
        FlightSettings{FlightRecorder::kLeastBytes, 192, stack.snapshot().max_flows}));
    peer.connects();
    peer.sends(data("hello"));
    peer.expects(data("hello"));
    recorder_ = stack.pipeline().record_into(nullptr);
    snapshot_ = stack.snapshot();
    const auto records = recorder_->records();
    ASSERT_TRUE(records[0].empty());
    records_.assign(records[1].begin(), records[1].end());
  }
  /// Changes the facts of the n-th frame.
  template <class Change>
  void change_frame(std::size_t n, Change&& change) {
    FlightReader reader(records_);
    FlightRecord record;
    while (reader.next(record)) {
      if (record.kind != FlightKind::frame || n-- != 0) continue;
      auto facts = record.as<FrameFacts>();
      change(facts);
      std::memcpy(const_cast<std::uint8_t*>(record.bytes.data()), &facts, sizeof facts);
      return;
    }
    FAIL() << "there is no such frame";
  }
  ReplaySums play(Story& story) {
    std::vector<ServiceObjects> services(snapshot_.services.size());
    for (ServiceObjects& service : services) service.tcp = std::make_unique<ScriptedService>();
    Player player({.snapshot = snapshot_, .services = std::move(services)}, story);
    player.play(records_);
    return player.sums();
  }

  Snapshot snapshot_;
  std::unique_ptr<FlightRecorder> recorder_;
  Bytes records_;
};

TEST_F(Replay, SaysTheSameEachTime) {
  record_hello();
  Story first, second;
  const ReplaySums sums = play(first);
  EXPECT_EQ(sums.frames, 3U) << "SYN, ACK, text";
  EXPECT_EQ(sums.same, 3U);
  EXPECT_EQ(sums.connections, 0U);
  play(second);
  ASSERT_EQ(first.sent_bytes.size(), 2U) << "SYN-ACK, and the echo";
  EXPECT_EQ(first.sent_bytes, second.sent_bytes);
  EXPECT_EQ(first.sent_at, second.sent_at);
}

TEST_F(Replay, SendsAsManyBytesAsTheServiceDidAndNotItsText) {
  record_hello();
  Story story;
  play(story);
  const Bytes& echo = story.sent_bytes.at(1);
  EXPECT_EQ(echo.size(), 14U + 20 + 20 + 5);
  EXPECT_EQ(std::string(echo.end() - 5, echo.end()), std::string(5, '\0'));
}

TEST_F(Replay, SaysWhereItDiffers) {
  record_hello();
  change_frame(1, [](FrameFacts& facts) { facts.outcome = Outcome::drop(Drop::tcp_bad_ack); });
  Story story;
  const ReplaySums sums = play(story);
  EXPECT_EQ(sums.differ, 1U);
  EXPECT_EQ(sums.same, 2U);
  EXPECT_EQ(story.fates.at(1), ReplayedFrame::Fate::differs);
}

TEST_F(Replay, ChecksumsAreAsBadAsTheyWere) {
  record_hello();
  change_frame(2, [](FrameFacts& facts) { facts.outcome = Outcome::drop(Drop::tcp_bad_checksum); });
  Story story;
  EXPECT_EQ(play(story).same, 3U);
  EXPECT_EQ(story.sent_bytes.size(), 1U) << "nobody heard the text";
}

TEST_F(Replay, LeavesOutWhatItCannotKnow) {
  record_hello();
  change_frame(0, [](FrameFacts& facts) { facts.outcome = Outcome::drop(Drop::tcp_overload); });
  change_frame(1, [](FrameFacts& facts) { facts.outcome.verdict = kNoVerdict; });
  Story story;
  EXPECT_EQ(play(story).left_out, 2U);
  EXPECT_EQ(story.fates.at(0), ReplayedFrame::Fate::no_room);
  EXPECT_EQ(story.fates.at(1), ReplayedFrame::Fate::other);
  EXPECT_EQ(story.fates.at(2), ReplayedFrame::Fate::differs) << "there is no connection for it";
}

TEST_F(Replay, SaysWhatItCouldNotPlay) {
  record_hello();
  change_frame(0, [](FrameFacts& facts) { facts.port = 9; });
  change_frame(2, [](FrameFacts& facts) { facts.length = 1U << 20; });
  Story story;
  EXPECT_EQ(play(story).left_out, 2U);
  EXPECT_EQ(story.fates.at(0), ReplayedFrame::Fate::unknown);
  EXPECT_EQ(story.fates.at(2), ReplayedFrame::Fate::unknown);
}

TEST_F(Replay, RecordsThatAreCutOffEndIt) {
  record_hello();
  const Bytes whole = records_;
  std::vector<std::size_t> ends;  // of the frames' records, before they are filled up
  FlightReader reader(records_);
  FlightRecord record;
  while (reader.next(record)) {
    if (record.kind != FlightKind::frame) continue;
    ends.push_back(static_cast<std::size_t>(record.bytes.data() - records_.data()) +
                   record.bytes.size());
  }
  ASSERT_EQ(ends.size(), 3U);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    records_.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    Story story;
    const std::uint64_t begun =
        std::count_if(ends.begin(), ends.end(), [size](std::size_t end) { return end <= size; });
    EXPECT_EQ(play(story).frames, begun) << size << " bytes";
  }
}

TEST_F(Replay, OfAFileIsThatOfTheRecords) {
  record_hello();
  std::string file;
  RecordingWriter writer(1'000'000'000, false);
  const std::string interfaces[] = {"lan"};
  writer.begin(file, "weir 1", R"({"a":1})", interfaces, 192);
  writer.begin_worker(0);
  FlightReader reader(records_);
  FlightRecord record;
  while (reader.next(record)) writer.add(file, record);
  writer.end(file, 3, 0);
  EXPECT_EQ(file.find("hello"), std::string::npos) << "the text was not asked for";
  const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const auto recording = read_recording(bytes);
  ASSERT_TRUE(recording);
  EXPECT_EQ(recording.value().facts, R"({"a":1})");
  EXPECT_TRUE(recording.value().complete);
  ASSERT_EQ(recording.value().workers.size(), 1U);
  records_ = recording.value().workers[0];
  Story story;
  EXPECT_EQ(play(story).same, 3U);
  // A file that was cut off is read as far as it goes.
  const auto part = read_recording(bytes.first(bytes.size() - 40));
  ASSERT_TRUE(part);
  EXPECT_FALSE(part.value().complete);
}

TEST_F(Replay, AFileOfSomebodyElseIsRefused) {
  const auto reason = [](std::string_view file) {
    const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
    const auto read = read_recording(bytes);
    return read ? "read" : read.error().message;
  };
  EXPECT_EQ(reason(""), "it is no recording of weirctl record (no pcapng)");
  EXPECT_EQ(reason(std::string(100, 'x')), "it is no recording of weirctl record (no pcapng)");
  std::string capture;
  RecordingWriter(0, false).begin(capture, "weir", "", {}, 1);
  EXPECT_EQ(reason(capture), "it is a capture, but no recording of weirctl record");
  capture[8] = '\x1a', capture[11] = '\x4d';
  EXPECT_EQ(reason(capture), "it is from a machine of the other byte order");
}

#if __has_builtin(__builtin_clear_padding)
struct Holed {
  std::uint8_t before = 1;
  std::uint32_t behind = 2;  // three bytes of nobody's stand before it
};

TEST(FlightRecords, TakeNothingAlongThatNobodyWrote) {
  alignas(Holed) std::uint8_t memory[sizeof(Holed)];
  std::memset(memory, 0xaa, sizeof memory);
  auto* const holed = reinterpret_cast<Holed*>(memory);
  holed->before = 1;
  holed->behind = 2;
  Bytes copy(sizeof(Holed), 0xbb);
  copy_without_padding(copy.data(), *holed);
  EXPECT_EQ(copy, (Bytes{1, 0, 0, 0, 2, 0, 0, 0}));
}
#endif

}  // namespace
}  // namespace weir::test
