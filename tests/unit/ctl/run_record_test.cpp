// weirctl record: the file and the recording, and what becomes of the one without the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "capture/recording.hpp"
#include "ctl/failure.hpp"
#include "ctl/run.hpp"
#include "fake_daemon.hpp"
#include "frame/memory_pool.hpp"
#include "support/frames.hpp"

namespace weir::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

struct RecordFile : testing::Test {
  struct Outcome {
    int code;
    std::string out, err;
  };
  Outcome record(const std::vector<std::string>& arguments) {
    Surroundings around;
    around.socket = daemon.path();
    std::vector<std::string> words{"record"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::ostringstream out, err;
    const int code = run(words, around, out, err);
    return {code, out.str(), err.str()};
  }
  /// What worker 1 has kept so far: nothing came yet, and that is a recording too.
  void switch_on() {
    daemon.engine.recorders[1] = std::make_unique<FlightRecorder>(FlightSettings{0, 192, 10});
    daemon.engine.records = true;
  }
  [[nodiscard]] std::string text() const {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  [[nodiscard]] bool is_a_recording() const {
    const std::string file = text();
    const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
    const auto recording = read_recording(bytes);
    return recording && recording.value().complete;
  }

  FakeDaemon daemon;
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/odd.weir";
};

TEST_F(RecordFile, IsTheUsersAlone) {
  switch_on();
  const Outcome outcome = record({path});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("worker 0 did not answer: nothing of it is in the file"));
  EXPECT_TRUE(is_a_recording());
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(RecordFile, ThatCannotBeOpenedCostsNothing) {
  switch_on();
  const Outcome outcome = record({directory.path() + "/no/such/directory"});
  EXPECT_EQ(outcome.code, kRefused);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write"));
  EXPECT_NE(daemon.engine.recorders[1], nullptr) << "the worker still has it";
}

TEST_F(RecordFile, OfNothingIsNotLeftBehind) {
  const Outcome outcome = record({path});
  EXPECT_THAT(outcome.err, HasSubstr("[recorder]"));
  EXPECT_FALSE(std::filesystem::exists(path));
  std::ofstream(path) << "what there was";
  EXPECT_EQ(record({path}).code, kRefused);
  EXPECT_EQ(text(), "what there was");
}

TEST_F(RecordFile, TakesTheOldOnesPlace) {
  {
    std::ofstream longer(path);
    for (int i = 0; i < 10'000; ++i) longer << "what there was ";
  }
  switch_on();
  EXPECT_EQ(record({path}).code, kDone);
  EXPECT_TRUE(is_a_recording());
  EXPECT_THAT(text(), Not(HasSubstr("what there was")));
}

TEST_F(RecordFile, ThatIsFullLeavesTheRecordingWithTheDaemon) {
  switch_on();
  const Outcome full = record({"/dev/full"});
  EXPECT_EQ(full.code, kRefused);
  EXPECT_THAT(full.err, HasSubstr("the recording is kept as long as weir runs: try again"));
  const Outcome again = record({path});
  EXPECT_EQ(again.code, kDone) << again.err;
  EXPECT_THAT(again.err, HasSubstr("an earlier record did not get whole"));
  EXPECT_TRUE(is_a_recording());
}

/// Ctrl-C at the first piece that is written.
class InterruptingBuffer final : public std::stringbuf {
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    raise(SIGINT);
    return std::stringbuf::xsputn(bytes, count);
  }
};

// The first Ctrl-C is no word of having all of it.
TEST_F(RecordFile, ThatIsInterruptedLeavesTheRecordingWithTheDaemon) {
  switch_on();
  MemoryPool pool{8, 4096};
  for (int i = 0; i < 1000; ++i) {  // more than comes at once
    const Frame frame =
        pool.make(test::udp_frame(test::from_peer(test::Family::v4), 5000, 7, "text"));
    FlightRecorder& recorder = *daemon.engine.recorders[1];
    if (i == 0) recorder.turn({}, {}, 0);
    recorder.add_burst({&frame, 1}, Instant(1s + i * 1ms));
    recorder.facts_of(frame)->outcome = weir::Outcome::of(Verdict::delivered);
    recorder.end_burst();
  }
  Surroundings around;
  around.socket = daemon.path();
  InterruptingBuffer written;
  std::ostream out(&written);
  std::ostringstream err;
  EXPECT_EQ(run({"record", "-"}, around, out, err), kInterrupted);
  EXPECT_THAT(err.str(), HasSubstr("interrupted; the recording is kept as long as weir runs"));
  const Outcome again = record({path});
  EXPECT_EQ(again.code, kDone) << again.err;
  EXPECT_THAT(again.err, HasSubstr("1000 frames of 1 worker"));
  EXPECT_TRUE(is_a_recording());
}

TEST_F(RecordFile, ThatNothingCameForGoesAtCtrlC) {
  const auto silent = ControlSocket::open({directory.path() + "/s", ""});
  ASSERT_TRUE(silent.ok());
  const std::string socket = directory.path() + "/s";
  const pid_t child = fork();
  if (child == 0) {
    execl(WEIRCTL_PROGRAM, WEIRCTL_PROGRAM, "-S", socket.c_str(), "record", path.c_str(), nullptr);
    _exit(127);
  }
  for (int i = 0; i < 30'000 && !std::filesystem::exists(path); ++i) usleep(1000);
  ASSERT_TRUE(std::filesystem::exists(path));
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), kInterrupted);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace weir::ctl
