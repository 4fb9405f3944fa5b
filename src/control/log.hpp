// What Weir says about itself while it runs: a line an event, on stderr.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/log_limiter.hpp"
#include "control/log_line.hpp"

namespace spdlog {
class logger;
}

namespace weir {

/// How many lines were written of each level and subsystem; those of the table of events are there
/// from the beginning, with zero.
using LogCounts = std::map<std::pair<LogLevel, std::string>, std::uint64_t>;

/// The steady clock's.
[[nodiscard]] Instant log_now();

/// Any thread except the workers: a line is written before the call returns.
class Log {
 public:
  static constexpr std::size_t kKept = 1000;  ///< lines

  /// `now` is asked for each line, for what is limited.
  explicit Log(const LogConfig& config, Instant (*now)() = log_now);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// The message is the event's own unless another is given.
  void write(LogEvent event, LogFields fields = {}, std::string_view message = {});
  /// A line of DPDK's, which has a level of its own. At most `per second` of the table.
  void write_eal(LogLevel level, std::string_view line);
  /// Tells how many lines were suppressed of events that do not come any more. Once a second.
  void settle(Instant now);
  [[nodiscard]] LogCounts counts() const;

  /// The last lines, oldest first: those with a number above `after`, at most `most`.
  [[nodiscard]] std::vector<LogRecord> recent(std::uint64_t after, std::size_t most) const;
  /// Number of the last line.
  [[nodiscard]] std::uint64_t last() const;

  /// "debug" for all, "eal=debug" for one, several with commas; a level for all forgets those of
  /// before. Subsystems are those of the table of events. The error is a sentence, and then nothing
  /// has changed.
  [[nodiscard]] Result<bool> set_levels(std::string_view text);
  /// A configuration takes another one's place: its level is taken when it is another one. Else
  /// those go on that were set meanwhile.
  void follow(const LogConfig& before, const LogConfig& now);
  /// In the same form.
  [[nodiscard]] std::string levels() const;

 private:
  using Levels = std::map<std::string, LogLevel, std::less<>>;
  [[nodiscard]] bool wanted(LogLevel level, std::string_view subsystem) const;
  void tell(LogRecord record);  // with the lock
  void put(LogRecord record);   // with the lock

  Instant (*now_)();
  LogStyle style_;
  std::unique_ptr<spdlog::logger> logger_;
  mutable std::mutex mutex_;  // of what stands below; EAL's threads write too
  LogLevel level_;
  Levels levels_;  // of subsystems that have one of their own
  LogLimiter limiter_;
  std::deque<LogRecord> kept_;
  std::uint64_t last_ = 0;
  LogCounts counts_;
};

}  // namespace weir
