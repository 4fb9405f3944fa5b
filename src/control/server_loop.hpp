// The control thread: signals, ticks and clients, until it is told to stop.
#pragma once

#include <csignal>
#include <functional>

#include "control/server.hpp"

namespace weir {

/// SIGTERM, SIGINT and SIGHUP, held back in this thread and in those that it starts afterwards.
/// Made before the workers, so that no signal can end the process but through the loop.
class StopSignals {
 public:
  StopSignals();   ///< throws std::system_error
  ~StopSignals();  ///< signals that came meanwhile are forgotten
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The signal that has come, or 0.
  [[nodiscard]] int take();

 private:
  sigset_t before_{};
  Descriptor fd_;
};

struct ControlDuties {
  std::function<void()> every_tick;    ///< each 5 ms: neighbours, clocks
  std::function<void()> every_second;  ///< samples, status
  std::function<void()> hang_up;       ///< SIGHUP: the configuration is to be read again
};

/// Returns the signal that ended it, SIGTERM or SIGINT. Throws std::system_error when the kernel
/// refuses a timer.
int run_control(ControlServer& server, StopSignals& signals, const ControlDuties& duties);

}  // namespace weir
