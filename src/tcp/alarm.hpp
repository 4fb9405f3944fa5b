// A timer that is set or not.
#pragma once

#include "base/clock.hpp"

namespace weir::tcp {

struct Alarm {
  Tick at{};
  bool set = false;

  void arm(Tick when) noexcept {
    at = when;
    set = true;
  }
  void cancel() noexcept { set = false; }
  [[nodiscard]] bool due(Tick now) const noexcept { return set && at <= now; }
};

}  // namespace weir::tcp
