#include "support/replayed.hpp"

#include <gtest/gtest.h>

#include "replay/player.hpp"
#include "support/frames.hpp"

namespace weir::test {
namespace {

class Judge final : public ReplaySink {
 public:
  void received(const ReplayedFrame& frame) override {
    ++frames_;
    EXPECT_NE(frame.fate, ReplayedFrame::Fate::no_recorder);
    if (frame.fate != ReplayedFrame::Fate::differs) return;
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
  std::uint64_t frames_ = 0;
};

}  // namespace

void expect_the_same_again(const FlightRecorder& recorder, Snapshot snapshot,
                           std::vector<ServiceObjects> services) {
  EXPECT_EQ(recorder.torn(), 0U);
  for (LocalPort& port : snapshot.ports) port.info.offloads = {};
  std::uint32_t longest = 2048;
  for (const LocalPort& port : snapshot.ports)
    longest = std::max<std::uint32_t>(longest, port.info.mtu);
  Judge judge;
  Player player(
      {.snapshot = snapshot, .services = std::move(services), .frame_bytes = longest + 256}, judge);
  for (const auto records : recorder.records()) player.play(records);
  EXPECT_EQ(player.sums().unknown_connections, 0U);
  EXPECT_EQ(player.sums().frames, judge.frames());
  EXPECT_TRUE(player.counters().adds_up());
}

}  // namespace weir::test
