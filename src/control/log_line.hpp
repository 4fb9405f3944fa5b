// A log line's shape: text for people, JSON for programs, prefixes for the journal.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "control/log_event.hpp"
#include "control/log_field.hpp"

namespace weir {

enum class LogStyle : std::uint8_t { text, colour, json, journal };

/// What `format` means here: `auto` is the journal's "<6>" prefixes when stderr leads to the
/// journal ($JOURNAL_STREAM names its device and inode, sd-journal(3)), else text; text is coloured
/// on a terminal unless $NO_COLOR is set.
[[nodiscard]] LogStyle log_style(LogFormat format);

/// "debug", "info", "warn", "error".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// A line that is written.
struct LogRecord {
  std::uint64_t number = 0;  ///< 1, 2, 3, …
  std::chrono::system_clock::time_point at;
  LogEvent event{};
  LogLevel level = LogLevel::info;
  std::string message;
  LogFields fields;
};

/// "2023-11-14T22:13:20.042Z"
[[nodiscard]] std::string log_time(std::chrono::system_clock::time_point at);

/// One line without its end.
[[nodiscard]] std::string log_line(LogStyle style, const LogRecord& record);

}  // namespace weir
