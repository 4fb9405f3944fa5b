// Waits for what comes first: a key, a signal, a reading, or the time for the next one.
#include "ctl/top/live.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <utility>

#include "ctl/top/look.hpp"
#include "ctl/top/terminal.hpp"

namespace weir::ctl::top {
namespace {

using Clock = std::chrono::steady_clock;

// The first rates shall not need a whole delay.
constexpr double kFirstDelay = 0.5;

/// Signals become something to read, so that none comes while the screen is being painted and every
/// end leads through the terminal's destructor.
class Signals {
 public:
  Signals() {
    sigemptyset(&ours_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) sigaddset(&ours_, signal);
    sigprocmask(SIG_BLOCK, &ours_, &before_);
    fd_ = signalfd(-1, &ours_, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Signals() {
    close(fd_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// 0: none came.
  [[nodiscard]] int next() const {
    signalfd_siginfo info{};
    return read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t ours_{}, before_{};
  int fd_ = -1;
};

class Live {
 public:
  Live(const Session& session, Panel panel, std::uint64_t looks)
      : session_(session),
        panel_(std::move(panel)),
        looks_(looks),
        lookout_(session),
        terminal_(session.colour()) {}

  void run() {
    look_again();
    while (!panel_.quit) {
      paint();
      wait();
      take_signals();
      take_keys();
      take_reading();
      if (!lookout_.busy() && is_time()) look_again();
    }
  }

 private:
  void look_again() {
    panel_.ask = false;
    // From look to look, however long an answer takes.
    due_ = Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pace()));
    lookout_.start(wish_of(panel_));
  }
  [[nodiscard]] double pace() const {
    return model_.empty() ? std::min(kFirstDelay, panel_.delay) : panel_.delay;
  }
  [[nodiscard]] bool is_time() const {
    return panel_.ask || (!panel_.paused && Clock::now() >= due_);
  }

  void paint() {
    const Screen screen =
        screen_of(model_, panel_, terminal_.frame(), Numbers(session_.invocation.has("numeric")));
    panel_.scroll = screen.scroll;
    terminal_.paint(screen);
  }

  void wait() {
    std::array<pollfd, 3> fds{
        {{STDIN_FILENO, POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {lookout_.fd(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
    const bool sleeps = lookout_.busy() || panel_.paused;
    const auto most = std::max<std::int64_t>(0, left.count());
    poll(fds.data(), fds.size(), sleeps ? -1 : static_cast<int>(most));
    // The other end of the terminal is closed.
    if ((fds[0].revents & (POLLHUP | POLLERR)) != 0) panel_.quit = true;
  }

  void take_signals() {
    while (const int signal = signals_.next()) {
      if (signal == SIGWINCH) {
        terminal_.resize();
      } else {
        panel_.quit = true;
      }
    }
  }

  void take_keys() {
    while (const auto press = terminal_.next_press()) panel_.press(*press);
    if (std::exchange(panel_.repaint, false)) terminal_.forget();
  }

  void take_reading() {
    if (!lookout_.busy()) return;
    lookout_.take(model_);
    if (lookout_.busy()) return;
    if (looks_ > 0 && model_.has_rates() && --looks_ == 0) {
      paint();
      panel_.quit = true;
    }
  }

  const Session& session_;
  Panel panel_;
  std::uint64_t looks_;
  Model model_;
  Signals signals_;  // before the thread, which inherits what is blocked
  Lookout lookout_;
  Terminal terminal_;
  Clock::time_point due_{};
};

}  // namespace

int run_live(const Session& session, Panel panel, std::uint64_t looks) {
  Live(session, std::move(panel), looks).run();
  return kDone;
}

}  // namespace weir::ctl::top
