// DPDK's lines while it starts: kept until it is known whether it does, for a start that fails is
// one finding or one sentence and not a wall of text.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "control/log.hpp"
#include "dpdk/eal_log.hpp"

namespace weir {

[[nodiscard]] inline LogLevel level_of(EalLogLevel level) noexcept {
  static constexpr LogLevel kLevels[] = {LogLevel::debug, LogLevel::info, LogLevel::warn,
                                         LogLevel::error};
  return kLevels[static_cast<std::size_t>(level)];
}

/// Any thread may take; the others are the control thread's. Must outlive the engine.
class StartLog {
 public:
  /// `keep` is false when all shall be seen at once (-v).
  StartLog(Log& log, bool keep) : log_(log), keep_(keep) {}

  void take(EalLogLevel level, std::string_view line) {
    const std::scoped_lock lock(mutex_);
    if (keep_) {
      kept_.emplace_back(level, line);
    } else {
      log_.write_eal(level_of(level), line);
    }
  }
  /// It has started: what was kept is written, and from now on each line at once.
  void release() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [level, line] : kept_) log_.write_eal(level_of(level), line);
    kept_.clear();
    keep_ = false;
  }

 private:
  Log& log_;
  std::mutex mutex_;
  std::vector<std::pair<EalLogLevel, std::string>> kept_;
  bool keep_;
};

}  // namespace weir
