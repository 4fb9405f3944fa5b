// Feeds systemd's watchdog while every worker moves, and not a moment longer.
#pragma once

#include "control/log.hpp"
#include "control/service_manager.hpp"
#include "control/worker_pulse.hpp"

namespace weir {

/// Control's thread: that it turns is the other half of what the watchdog is told.
class Watchdog {
 public:
  /// All outlive it. `now`: the first look is due at half of the watchdog's time from here.
  Watchdog(const EngineView& engine, ServiceManager& manager, Log& log, Instant now)
      : engine_(engine),
        manager_(manager),
        log_(log),
        pulse_(engine),
        due_(now + manager.watchdog() / 2) {}

  /// Every tick; looks at the workers at half of the watchdog's time.
  void turn(Instant now) {
    if (manager_.watchdog() == Duration{} || now < due_) return;
    due_ = now + manager_.watchdog() / 2;
    const auto still = pulse_.look();
    fed_ = still.empty();
    if (fed_) {
      manager_.alive();
    } else {
      complain(still.front());
    }
  }
  /// False while some worker stands still; the manager's status says which.
  [[nodiscard]] bool fed() const noexcept { return fed_; }

 private:
  void complain(std::uint16_t worker) {
    const unsigned cpu = engine_.cpu(worker);
    log_.write(LogEvent::watchdog_starves, {{"worker", worker}, {"cpu", cpu}});
    manager_.status("worker " + std::to_string(worker) + " on CPU " + std::to_string(cpu) +
                    " stands still: the watchdog is not fed");
  }

  const EngineView& engine_;
  ServiceManager& manager_;
  Log& log_;
  WorkerPulse pulse_;
  Instant due_;
  bool fed_ = true;
};

}  // namespace weir
