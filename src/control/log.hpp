// What Weir says about itself while it runs: lines on stderr, as text, JSON or for the journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

/// Any thread except the workers: a line is written before the call returns.
class Log {
 public:
  explicit Log(const LogConfig& config);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `subsystem` is one word, "control" or "eal".
  void write(LogLevel level, std::string_view subsystem, std::string_view message);
  void info(std::string_view message) { write(LogLevel::info, "weir", message); }
  void warn(std::string_view message) { write(LogLevel::warn, "weir", message); }
  void error(std::string_view message) { write(LogLevel::error, "weir", message); }

 private:
  LogStyle style_;
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace weir
