// The command record on an engine without a data plane: what the file says besides the frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/recording.hpp"
#include "control/commands.hpp"
#include "ctl/pcapng_counter.hpp"
#include "fake_engine.hpp"
#include "frame/memory_pool.hpp"
#include "support/frames.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Records : public testing::Test {
 protected:
  /// So many frames of a worker, a millisecond apart.
  void keep(std::uint16_t worker, int frames) {
    auto recorder = std::make_unique<FlightRecorder>(FlightSettings{0, 192, 10});
    recorder->turn({}, {}, 0);
    for (int i = 0; i < frames; ++i) {
      const Frame frame = pool_.make(udp_frame(from_peer(Family::v4), 5000, 7, "what was said"));
      recorder->add_burst({&frame, 1}, Instant(1s + i * 1ms));
      recorder->facts_of(frame)->outcome = Outcome::of(Verdict::delivered);
      recorder->end_burst();
    }
    engine_.records = true;
    engine_.recorders[worker] = std::move(recorder);
  }
  Reply ask(const Json& args) {
    return commands_.execute(to_line(Json{{"v", 1}, {"cmd", "record"}, {"args", args}}));
  }
  static std::string file_of(Reply& reply) {
    std::string file;
    while (auto piece = reply.stream->more(true)) file += *piece;
    return file;
  }
  static Recording read(const std::string& file) {
    const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
    auto recording = read_recording(bytes);
    EXPECT_TRUE(recording);
    return recording ? std::move(recording).value() : Recording{};
  }

  static constexpr const char* kConfig =
      "[dpdk]\n"
      "eal-args        = --vdev net_memif1,secret=quiet --no-hpet # weir.conf:9\n"
      "[tcp]\n"
      "msl             = 7s                       # weir.conf:2\n"
      "[port p0]\n"
      "device          = net_memif0,secret=hush,role=client # --set   (file said "
      "net_memif0,secret=old, weir.conf:4)\n"
      "[service web]\n"
      "root            = /srv/www                 # weir.conf:6   (file said nothing, default)\n"
      "cache           = 64M                      # default\n";

  FakeEngine engine_;
  MemoryPool pool_{8, 4096};
  Log log_{{LogLevel::error, LogFormat::text}};
  Commands commands_{engine_, {"1", "22", "weir.conf", kConfig, {}}, log_};
};

TEST_F(Records, OfAllWorkersAreOneFile) {
  keep(0, 3);
  keep(1, 2);
  Reply reply = ask(Json::object());
  const Json head = Json::parse(reply.text);
  EXPECT_EQ(head["schema"], "weir.record.v1");
  EXPECT_EQ(head["frames"], 5);
  EXPECT_EQ(head["workers"], 2);
  EXPECT_EQ(head["seconds"], 0.002);
  EXPECT_EQ(head["payload"], false);
  const std::string file = file_of(reply);
  ctl::PcapngCounter counter;
  counter.see(file);
  EXPECT_EQ(counter.packets(), 5U);
  EXPECT_TRUE(counter.complete());
  EXPECT_THAT(file, HasSubstr("verdict=delivered"));
  const Recording recording = read(file);
  EXPECT_EQ(recording.workers.size(), 2U);
  const Json facts = Json::parse(recording.facts);
  EXPECT_EQ(facts["schema"], "weir.recording.v1");
  EXPECT_THAT(facts["config"].get<std::string>(), HasSubstr("\nmsl             = 7s "));
  EXPECT_EQ(facts["layout"], flight_layout());
  EXPECT_EQ(facts["ports"][0]["name"], "p0");
  EXPECT_EQ(facts["services"][0]["draining"], false);
}

TEST_F(Records, LeaveThePayloadOutUnlessAskedForIt) {
  keep(0, 1);
  Reply without = ask(Json::object());
  EXPECT_EQ(file_of(without).find("what was said"), std::string::npos);
  keep(0, 1);
  Reply with = ask({{"payload", true}});
  EXPECT_NE(file_of(with).find("what was said"), std::string::npos);
}

TEST_F(Records, SayNothingOfFilesAndSecrets) {
  keep(0, 1);
  Reply reply = ask(Json::object());
  EXPECT_EQ(Json::parse(read(file_of(reply)).facts)["config"],
            "[dpdk]\n"
            "eal-args        = --vdev net_memif1,secret=*** --no-hpet # weir.conf:9\n"
            "[tcp]\n"
            "msl             = 7s                       # weir.conf:2\n"
            "[port p0]\n"
            "device          = net_memif0,secret=***,role=client # --set   (file said "
            "net_memif0,secret=***, weir.conf:4)\n"
            "[service web]\n"
            "cache           = 64M                      # default\n");
}

TEST_F(Records, OfAWorkerThatDoesNotAnswerAreLeftOut) {
  keep(1, 2);
  Reply reply = ask(Json::object());
  EXPECT_EQ(Json::parse(reply.text)["workers"], 1);
  EXPECT_EQ(Json::parse(reply.text)["missing"], Json::array({0}));
  const Recording recording = read(file_of(reply));
  ASSERT_EQ(recording.workers.size(), 2U);
  EXPECT_TRUE(recording.workers[0].empty());
}

TEST_F(Records, OfSilentWorkersAreNotCalledSwitchedOff) {
  engine_.records = true;
  const std::string message = Json::parse(ask(Json::object()).text)["error"]["message"];
  EXPECT_THAT(message, HasSubstr("no worker answers"));
  EXPECT_THAT(message, Not(HasSubstr("[recorder]")));
}

TEST_F(Records, ThatDidNotLeaveWholeAreKeptForTheNextWhoAsks) {
  keep(0, 3);
  {
    Reply broken_off = ask({{"payload", true}});
    EXPECT_EQ(Json::parse(broken_off.text)["kept"], false);
    ASSERT_TRUE(broken_off.stream->more(false)) << "the last piece is given, and nobody took it";
  }
  keep(0, 5);  // came since
  Reply again = ask(Json::object());
  const Json head = Json::parse(again.text);
  EXPECT_EQ(head["kept"], true);
  EXPECT_EQ(head["frames"], 3);
  EXPECT_EQ(head["payload"], false) << "whoever asks decides, not whoever asked first";
  const std::string file = file_of(again);
  EXPECT_EQ(file.find("what was said"), std::string::npos);
  EXPECT_EQ(Json::parse(read(file).facts)["payload"], false);
  const Json since = Json::parse(ask(Json::object()).text);
  EXPECT_EQ(since["kept"], false);
  EXPECT_EQ(since["frames"], 5);
}

TEST_F(Records, HaveLeftWhenTheClientSaysSoOrHasLongBeenSilent) {
  for (const bool silent : {false, true}) {
    keep(0, 3);
    {
      Reply reply = ask(Json::object());
      EXPECT_EQ(Json::parse(reply.text)["kept"], false) << "what was before is through";
      EXPECT_NE(reply.stream->more(false), "");
      EXPECT_EQ(reply.stream->more(false), "") << "it may still say that its disk is full";
      for (int second = 0; silent && second < 5; ++second) reply.stream->tick(Unread::none);
      EXPECT_FALSE(reply.stream->more(!silent));
    }
  }
  keep(0, 1);
  EXPECT_EQ(Json::parse(ask(Json::object()).text)["frames"], 1);
}

TEST_F(Records, HaveNotLeftWhileTheLastOfThemIsUnread) {
  keep(0, 3);
  {
    Reply reply = ask(Json::object());
    EXPECT_NE(reply.stream->more(false), "");
    for (int second = 0; second < 60; ++second) reply.stream->tick(Unread::some);
    EXPECT_EQ(reply.stream->more(false), "");
  }
  EXPECT_EQ(Json::parse(ask(Json::object()).text)["kept"], true);
}

TEST_F(Records, LeaveOneAtATime) {
  keep(0, 3);
  {
    const Reply slow = ask(Json::object());
    const Json other = Json::parse(ask(Json::object()).text);
    EXPECT_EQ(other["error"]["code"], "refused");
    EXPECT_THAT(other["error"]["message"].get<std::string>(), HasSubstr("one at a time"));
  }
  EXPECT_EQ(Json::parse(ask(Json::object()).text)["frames"], 3) << "it is through";
}

TEST_F(Records, StayWhereTheyAreForWantOfMemory) {
  keep(0, 3);
  engine_.out_of_memory = true;
  const Json refused = Json::parse(ask(Json::object()).text);
  EXPECT_EQ(refused["error"]["code"], "refused");
  EXPECT_EQ(refused["error"]["message"],
            "no memory for recorders to go on with: 2 x 17 MB = 34 MB, and 5 MB are free; those "
            "that there are keep what they hold");
  engine_.out_of_memory = false;
  EXPECT_EQ(Json::parse(ask(Json::object()).text)["frames"], 3);
}

TEST_F(Records, ThatNobodyKeepsAreRefused) {
  const Json json = Json::parse(ask(Json::object()).text);
  EXPECT_EQ(json["error"]["code"], "refused");
  EXPECT_THAT(json["error"]["message"].get<std::string>(), HasSubstr("[recorder]"));
}

}  // namespace
}  // namespace weir::test
