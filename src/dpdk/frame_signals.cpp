// Which descriptors are taps is asked of /proc: the driver keeps their numbers to itself.
#include "dpdk/frame_signals.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <charconv>
#include <filesystem>
#include <string>

namespace weir {
namespace {

/// SIGIO stands in for a real-time signal when their queue is full. The driver takes the first
/// real-time signal that nobody handles.
sigset_t frame_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGIO);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_frame_signals() noexcept {
  const sigset_t set = frame_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void stop_frame_signals() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    if (std::filesystem::read_symlink(entry.path(), error) != "/dev/net/tun") continue;
    const std::string number = entry.path().filename();
    int fd = -1;
    std::from_chars(number.data(), number.data() + number.size(), fd);
    const int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) fcntl(fd, F_SETFL, flags & ~O_ASYNC);
  }
  const sigset_t set = frame_signals();
  const timespec now{};
  while (sigtimedwait(&set, nullptr, &now) > 0) {
  }
}

}  // namespace weir
