#include "control/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdlib>

namespace weir {
namespace {

// Whoever does not listen any more misses a line; Weir works all the same.
void tell(const std::string& lines) { (void)sd_notify(0, lines.c_str()); }

std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration.count()) / 1000;
}

}  // namespace

ServiceManager::ServiceManager() : listens_(std::getenv("NOTIFY_SOCKET") != nullptr) {
  std::uint64_t period = 0;
  if (listens_ && sd_watchdog_enabled(0, &period) > 0)
    watchdog_ = std::chrono::microseconds(period);
}

void ServiceManager::ready(std::string_view status) {
  status_ = status;
  tell(fmt::format("READY=1\nSTATUS={}", status));
}

void ServiceManager::status(std::string_view text) {
  if (status_ == text) return;
  status_ = text;
  tell(fmt::format("STATUS={}", text));
}

void ServiceManager::reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds(now)));
}

void ServiceManager::reloaded() { tell("READY=1"); }

void ServiceManager::long_work(Duration patience) {
  if (watchdog_ == Duration{}) return;
  tell(fmt::format("WATCHDOG_USEC={}\nWATCHDOG=1", microseconds(watchdog_ + patience)));
}

void ServiceManager::work_over() { long_work(Duration{}); }

void ServiceManager::stopping() {
  status_ = "stopping";
  tell("STOPPING=1\nSTATUS=stopping");
}

void ServiceManager::alive() { tell("WATCHDOG=1"); }

void ServiceManager::extend_start(Duration by) const {
  tell(fmt::format("EXTEND_TIMEOUT_USEC={}", microseconds(by)));
}

StartExtender::StartExtender(const ServiceManager& manager, Duration every, Duration by) {
  if (!manager.listens()) return;
  thread_ = std::thread([this, &manager, every, by] {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, every, [this] { return end_; })) manager.extend_start(by);
  });
}

StartExtender::~StartExtender() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace weir
