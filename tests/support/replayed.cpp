#include "support/replayed.hpp"

#include <gtest/gtest.h>

#include "capture/recording.hpp"
#include "replay/player.hpp"
#include "support/frames.hpp"

namespace weir::test {
namespace {

class Judge final : public ReplaySink {
  using Fate = ReplayedFrame::Fate;

 public:
  explicit Judge(bool alone) : alone_(alone) {}

  void received(const ReplayedFrame& frame) override {
    ++frames_;
    EXPECT_NE(frame.fate, Fate::unknown);
    EXPECT_FALSE(alone_ && frame.fate == Fate::other) << "frame " << frames_ << " has no verdict";
    if (frame.fate != Fate::differs) return;
    const auto say = [](const Outcome& o) {
      return std::to_string(static_cast<int>(o.verdict)) + " " +
             (o.has_reason ? std::string(text(o.reason).name) : "");
    };
    ADD_FAILURE() << "frame " << frames_ << " had the verdict " << say(frame.life.outcome)
                  << " in life and has " << say(frame.now) << " again";
  }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  void sent(Instant, std::uint8_t, std::span<const std::uint8_t>) override {}

 private:
  bool alone_;
  std::uint64_t frames_ = 0;
};

Octets file_of(const FlightRecorder& recorder) {
  std::string file;
  RecordingWriter writer(0, false);
  const std::string interfaces[] = {"lan"};
  writer.begin(file, "weir", "{}", interfaces, recorder.settings().frame_bytes);
  writer.begin_worker(0);
  for (const auto records : recorder.records()) {
    FlightReader reader(records);
    FlightRecord record;
    while (reader.next(record)) writer.add(file, record);
  }
  writer.end(file, 0, 0);
  return {file.begin(), file.end()};
}

}  // namespace

void expect_the_same_again(const FlightRecorder& recorder, Life life) {
  EXPECT_EQ(recorder.torn(), 0U);
  std::uint32_t longest = 2048;
  for (LocalPort& port : life.snapshot.ports) {
    port.info.offloads = {};
    longest = std::max<std::uint32_t>(longest, port.info.mtu);
  }
  const auto recording = read_recording(file_of(recorder));
  ASSERT_TRUE(recording) << recording.error().message;
  Judge judge(life.alone);
  Player player({.snapshot = life.snapshot,
                 .services = std::move(life.services),
                 .frame_bytes = longest + 256},
                judge);
  for (const auto& records : recording.value().workers) player.play(records);
  EXPECT_EQ(player.sums().unknown_connections, 0U);
  EXPECT_EQ(player.sums().frames, judge.frames());
  EXPECT_EQ(judge.frames(), life.received.value_or(judge.frames()));
  EXPECT_TRUE(player.counters().adds_up());
}

}  // namespace weir::test
