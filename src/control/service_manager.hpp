// What the service manager is told: systemd's notifications, sd_notify(3).
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"

namespace weir {

/// Says nothing where nobody listens, that is without $NOTIFY_SOCKET. Control's thread, but for
/// extend_start().
class ServiceManager {
 public:
  ServiceManager();

  [[nodiscard]] bool listens() const noexcept { return listens_; }
  /// WatchdogSec= of the unit; zero where there is none.
  [[nodiscard]] Duration watchdog() const noexcept { return watchdog_; }

  void ready(std::string_view status);
  /// The line that `systemctl status` shows; told when it is another one than before.
  void status(std::string_view text);
  /// Of changes only: a reload that is refused, or tried in vain again and again, is none.
  void reloading();
  void reloaded();
  /// What comes may take longer than the watchdog waits: it has `patience` until work_over().
  void long_work(Duration patience);
  void work_over();
  void stopping();
  void alive();  ///< feeds the watchdog
  /// The start is given so much time from now. Any thread.
  void extend_start(Duration by) const;

 private:
  bool listens_;
  Duration watchdog_{};
  std::string status_;
};

/// While it lives the start is slow, not stuck: every `every` it is given `by` more.
class StartExtender {
 public:
  /// `manager` outlives it.
  StartExtender(const ServiceManager& manager, Duration every, Duration by);
  ~StartExtender();
  StartExtender(const StartExtender&) = delete;
  StartExtender& operator=(const StartExtender&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;  // with mutex_
  std::thread thread_;
};

}  // namespace weir
