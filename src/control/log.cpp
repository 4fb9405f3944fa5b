#include "control/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "control/json.hpp"

namespace weir {
namespace {

struct LevelWords {
  std::string_view name;
  char journal;  // syslog(3)'s severity
  spdlog::level::level_enum spdlog;
};

const LevelWords& words(LogLevel level) noexcept {
  static constexpr LevelWords kWords[] = {{"debug", '7', spdlog::level::debug},
                                          {"info", '6', spdlog::level::info},
                                          {"warn", '4', spdlog::level::warn},
                                          {"error", '3', spdlog::level::err}};
  return kWords[static_cast<std::size_t>(level)];
}

bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

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

std::string timestamp(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                     (ms - seconds).count());
}

}  // namespace

LogStyle log_style(LogFormat format) {
  if (format == LogFormat::json) return LogStyle::json;
  if (format == LogFormat::text) return LogStyle::text;
  return stderr_is_journal() ? LogStyle::journal : LogStyle::text;
}

std::string log_line(LogStyle style, LogLevel level, std::string_view subsystem,
                     std::string_view message, std::chrono::system_clock::time_point at) {
  const LevelWords& word = words(level);
  switch (style) {
    case LogStyle::json:
      return to_line(Json{
          {"time", timestamp(at)}, {"level", word.name}, {"sub", subsystem}, {"message", message}});
    case LogStyle::journal:
      return fmt::format("<{}>sub={} {}", word.journal, subsystem, printable_line(message));
    case LogStyle::text:
      break;
  }
  return fmt::format("{} {:<5} sub={} {}", timestamp(at), word.name, subsystem,
                     printable_line(message));
}

Log::Log(const LogConfig& config)
    : style_(log_style(config.format)),
      logger_(std::make_unique<spdlog::logger>("weir",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(words(config.level).spdlog);
  logger_->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view subsystem, std::string_view message) {
  const auto spdlog_level = words(level).spdlog;
  if (!logger_->should_log(spdlog_level)) return;
  logger_->log(spdlog_level,
               log_line(style_, level, subsystem, message, std::chrono::system_clock::now()));
}

}  // namespace weir
