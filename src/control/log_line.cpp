#include "control/log_line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "control/field_value.hpp"
#include "control/log_json.hpp"

namespace weir {
namespace {

struct LevelWords {
  std::string_view name;
  char journal;             // syslog(3)'s severity
  std::string_view colour;  // of the terminal
};

const LevelWords& words(LogLevel level) noexcept {
  static constexpr LevelWords kWords[] = {{"debug", '7', "\x1b[2m"},
                                          {"info", '6', "\x1b[32m"},
                                          {"warn", '4', "\x1b[33m"},
                                          {"error", '3', "\x1b[1;31m"}};
  return kWords[static_cast<std::size_t>(level)];
}

bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

bool stderr_has_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return isatty(STDERR_FILENO) != 0;
}

// sub=port link down event=port_down port=wan
std::string body(const LogRecord& record) {
  const LogEventText& what = text(record.event);
  std::string line =
      fmt::format("sub={} {} event={}", what.subsystem, printable_line(record.message), what.name);
  for (const LogField& field : record.fields) line += " " + field_text(field);
  return line;
}

std::string json_line(const LogRecord& record) {
  const LogEventText& what = text(record.event);
  Json json{{"time", log_time(record.at)},
            {"level", to_string(record.level)},
            {"sub", what.subsystem},
            {"event", what.name},
            {"message", record.message}};
  for (const LogField& field : record.fields) json[field.name] = to_json(field);
  return to_line(json);
}

}  // namespace

LogStyle log_style(LogFormat format) {
  if (format == LogFormat::json) return LogStyle::json;
  if (format == LogFormat::automatic && stderr_is_journal()) return LogStyle::journal;
  return stderr_has_colours() ? LogStyle::colour : LogStyle::text;
}

std::string_view to_string(LogLevel level) noexcept { return words(level).name; }

std::string printable_line(std::string_view message) {
  std::string text;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

std::string field_text(const LogField& field) {
  return field.name + "=" + field_value(printable_line(field.value));
}

std::string log_time(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                     (ms - seconds).count());
}

std::string log_line(LogStyle style, const LogRecord& record) {
  const LevelWords& word = words(record.level);
  switch (style) {
    case LogStyle::json:
      return json_line(record);
    case LogStyle::journal:
      return fmt::format("<{}>{}", word.journal, body(record));
    case LogStyle::colour:
      return fmt::format("\x1b[2m{}\x1b[0m {}{:<5}\x1b[0m {}", log_time(record.at), word.colour,
                         word.name, body(record));
    case LogStyle::text:
      break;
  }
  return fmt::format("{} {:<5} {}", log_time(record.at), word.name, body(record));
}

}  // namespace weir
