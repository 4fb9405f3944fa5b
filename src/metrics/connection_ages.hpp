// How long each connection has been waiting for an answer, or taking one.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>

namespace weir {

/// The listener's thread tells what happens; the control thread cuts those that take too long. A
/// descriptor is known from its connection's begin until just before it is closed.
class ConnectionAges {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void begun(int fd, Time now) { set(fd, now); }
  void answered(int fd, Time now) { set(fd, now); }
  void ended(int fd) {
    const std::lock_guard lock(mutex_);
    since_.erase(fd);
  }

  /// Ends what began, or was answered last, before `limit`. Their owner sees the other side close.
  /// Returns how many.
  std::size_t cut_before(Time limit) {
    const std::lock_guard lock(mutex_);
    std::size_t cut = 0;
    for (const auto& [fd, since] : since_) {
      if (since < limit && shutdown(fd, SHUT_RDWR) == 0) ++cut;
    }
    return cut;
  }

 private:
  void set(int fd, Time now) {
    const std::lock_guard lock(mutex_);
    since_[fd] = now;
  }

  std::mutex mutex_;
  std::map<int, Time> since_;  // with mutex_
};

}  // namespace weir
