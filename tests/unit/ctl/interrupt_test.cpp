// Ctrl-C at a command of the shell, which holds it back: it reaches whatever keeps the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <sstream>

#include "ctl/child.hpp"
#include "ctl/failure.hpp"
#include "ctl/interrupt_mask.hpp"
#include "ctl/pager.hpp"
#include "ctl/run.hpp"
#include "fake_daemon.hpp"

namespace weir::ctl {
namespace {

using testing::HasSubstr;

/// SIGINT as it is while the shell has a command at work; of this thread.
struct HeldInterrupts : testing::Test {
  HeldInterrupts() {
    struct sigaction quiet {};
    quiet.sa_handler = [](int) {};
    sigaction(SIGINT, &quiet, &handled_);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, &mask_);
  }
  ~HeldInterrupts() override {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    sigaction(SIGINT, &handled_, nullptr);
  }

  TemporaryDirectory directory;

 private:
  struct sigaction handled_ {};
  sigset_t mask_{};
};

TEST_F(HeldInterrupts, EndTheWaitForADaemonThatIsSilent) {
  const auto stuck = ControlSocket::open({directory.path() + "/s", ""});
  ASSERT_TRUE(stuck.ok());
  raise(SIGINT);
  Surroundings around;
  around.socket = directory.path() + "/s";
  std::ostringstream out, err;
  EXPECT_EQ(run({"--timeout", "10", "reload"}, around, out, err), kInterrupted);
  EXPECT_THAT(err.str(), HasSubstr("weirctl: interrupted; the reload may still take effect"));
}

TEST_F(HeldInterrupts, EndARepetitionThatWouldWaitForTheDaemon) {
  const auto stuck = ControlSocket::open({directory.path() + "/s", ""});
  ASSERT_TRUE(stuck.ok());
  raise(SIGINT);
  Surroundings around;
  around.socket = directory.path() + "/s";
  around.terminal = true;
  std::ostringstream out, err;
  EXPECT_EQ(run({"watch", "-c", "2", "-W", "0.01", "--timeout", "0.1", "status"}, around, out, err),
            kInterrupted);
}

// As of top, whose main thread reads them from a descriptor.
TEST_F(HeldInterrupts, AreLeftToTheMainThread) {
  const auto lets_in = [] {
    const sigset_t mask = mask_for_waiting();
    return sigismember(&mask, SIGINT) == 0;
  };
  EXPECT_TRUE(lets_in());
  EXPECT_FALSE(std::async(std::launch::async, lets_in).get());
}

TEST_F(HeldInterrupts, EndAProgramThatIsRun) {
  const ChildOutcome outcome = run_child({"sh", "-c", "kill -INT $$; echo goes on"});
  EXPECT_EQ(outcome.code, 128 + SIGINT);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(HeldInterrupts, ReachThePager) {
  Surroundings around;
  around.rows = 1;
  around.pager = "kill -INT $$; touch " + directory.path() + "/goes-on";
  std::ostringstream out;
  show_paged("two\nlines\n", around, out);
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/goes-on"));
  EXPECT_EQ(out.str(), "") << "the pager was there";
}

}  // namespace
}  // namespace weir::ctl
