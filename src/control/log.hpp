// What Weir says about itself while it runs: lines on stderr, as text, JSON or for the journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"

namespace spdlog {
class logger;
}

namespace weir {

enum class LogStyle : std::uint8_t { text, json, journal };

/// What `format` means here: `auto` is the journal's "<6>" prefixes when stderr leads to the
/// journal
/// ($JOURNAL_STREAM names its device and inode, sd-journal(3)), else text.
[[nodiscard]] LogStyle log_style(LogFormat format);

/// One line without its end. Control bytes in the message are shown as \xNN: whoever can provoke a
/// message must not be able to forge a line.
[[nodiscard]] std::string log_line(LogStyle style, LogLevel level, std::string_view subsystem,
                                   std::string_view message,
                                   std::chrono::system_clock::time_point at);

/// How many lines were written of each level and subsystem; the known ones are there from the
/// beginning, with zero.
using LogCounts = std::map<std::pair<LogLevel, std::string>, std::uint64_t>;

/// "debug", "info", "warn", "error".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// A line that was written.
struct LogRecord {
  std::uint64_t number = 0;  ///< 1, 2, 3, …
  std::string time;          ///< "2023-11-14T22:13:20.042Z"
  LogLevel level = LogLevel::info;
  std::string subsystem, message;  ///< control bytes shown as in log_line
};

/// Any thread except the workers: a line is written before the call returns.
class Log {
 public:
  static constexpr std::size_t kKept = 1000;  ///< lines

  explicit Log(const LogConfig& config);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `subsystem` is one word, "control" or "eal".
  void write(LogLevel level, std::string_view subsystem, std::string_view message);
  [[nodiscard]] LogCounts counts() const;
  void info(std::string_view message) { write(LogLevel::info, "weir", message); }
  void warn(std::string_view message) { write(LogLevel::warn, "weir", message); }
  void error(std::string_view message) { write(LogLevel::error, "weir", message); }

  /// The last lines, oldest first: those with a number above `after`, at most `most`.
  [[nodiscard]] std::vector<LogRecord> recent(std::uint64_t after, std::size_t most) const;
  /// Number of the last line.
  [[nodiscard]] std::uint64_t last() const;

  /// "debug" for all, "eal=debug" for one, several with commas; a level for all forgets those of
  /// before. The error is a sentence, and then nothing has changed.
  [[nodiscard]] Result<bool> set_levels(std::string_view text);
  /// In the same form.
  [[nodiscard]] std::string levels() const;

 private:
  using Levels = std::map<std::string, LogLevel, std::less<>>;
  [[nodiscard]] bool wanted(LogLevel level, std::string_view subsystem) const;

  LogStyle style_;
  std::unique_ptr<spdlog::logger> logger_;
  mutable std::mutex mutex_;  // of what stands below; EAL's threads write too
  LogLevel level_;
  Levels levels_;  // of subsystems that have one of their own
  std::deque<LogRecord> kept_;
  std::uint64_t last_ = 0;
  LogCounts counts_;
};

}  // namespace weir
