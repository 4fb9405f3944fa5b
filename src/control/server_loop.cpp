#include "control/server_loop.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace weir {
namespace {

constexpr long kTickNanoseconds = 5'000'000;

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

Descriptor tick_timer() {
  Descriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec period{};
  period.it_interval.tv_nsec = period.it_value.tv_nsec = kTickNanoseconds;
  if (!timer.valid() || timerfd_settime(timer.get(), 0, &period, nullptr) != 0) fail("timerfd");
  return timer;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_signals();
  if (pthread_sigmask(SIG_BLOCK, &set, &before_) != 0) fail("pthread_sigmask");
  fd_ = Descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.valid()) fail("signalfd");
}

StopSignals::~StopSignals() {
  while (take() != 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int StopSignals::take() {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
  return static_cast<int>(info.ssi_signo);
}

int run_control(ControlServer& server, StopSignals& signals, const ControlDuties& duties) {
  using Clock = std::chrono::steady_clock;
  const Descriptor timer = tick_timer();
  Clock::time_point second = Clock::now();
  for (;;) {
    pollfd fds[] = {{signals.fd(), POLLIN, 0}, {timer.get(), POLLIN, 0}, {server.fd(), POLLIN, 0}};
    if (poll(fds, std::size(fds), server.busy() ? 0 : -1) < 0 && errno != EINTR) fail("poll");
    if (const int signal = signals.take(); signal == SIGHUP && duties.hang_up) {
      duties.hang_up();
    } else if (signal != 0) {
      return signal;
    }
    const auto now = Clock::now();
    std::uint64_t ticks = 0;
    if (read(timer.get(), &ticks, sizeof ticks) > 0 && duties.every_tick) duties.every_tick();
    if (now >= second) {
      second = now + std::chrono::seconds(1);
      if (duties.every_second) duties.every_second();
      server.tick(now);
    }
    server.serve(now);
  }
}

}  // namespace weir
