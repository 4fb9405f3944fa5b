// A bell at the door of a worker that waits: who brings it work rings.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <system_error>

namespace weir {

/// One sleeper, any number of ringers. The sleeper says with listen() that it is about to wait,
/// looks once more whether there is work, and waits for fd(). Who makes work rings afterwards: the
/// order of the two on each side is what keeps a ring from being missed.
class Doorbell {
 public:
  Doorbell() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Doorbell() { close(fd_); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /// Readable once somebody rang.
  [[nodiscard]] int fd() const noexcept { return fd_; }

  // The sleeper.
  void listen() noexcept {
    listens_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  /// It is awake; forgets what was rung.
  void stop_listening() noexcept {
    listens_.store(false, std::memory_order_relaxed);
    std::uint64_t rung = 0;
    (void)!read(fd_, &rung, sizeof rung);
  }

  /// After the work is where the sleeper will find it.
  void ring() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!listens_.load(std::memory_order_relaxed)) return;
    const std::uint64_t one = 1;
    (void)!write(fd_, &one, sizeof one);
  }

 private:
  int fd_;
  std::atomic<bool> listens_{false};  // sleeper: writes; ringers: read
};

}  // namespace weir
