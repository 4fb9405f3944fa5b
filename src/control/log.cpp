#include "control/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

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

constexpr std::size_t kMostSubsystems = 64;

std::optional<LogLevel> level_named(std::string_view name) noexcept {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    if (words(level).name == name) return level;
  }
  return std::nullopt;
}

bool is_subsystem(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
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

std::string_view to_string(LogLevel level) noexcept { return words(level).name; }

Log::Log(const LogConfig& config)
    : style_(log_style(config.format)),
      logger_(std::make_unique<spdlog::logger>("weir",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())),
      level_(config.level) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::trace);  // what is wanted is decided here
  logger_->flush_on(spdlog::level::trace);
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    for (const char* subsystem : {"weir", "eal"}) counts_[{level, subsystem}] = 0;
  }
}

Log::~Log() = default;

bool Log::wanted(LogLevel level, std::string_view subsystem) const {
  const auto own = levels_.find(subsystem);
  return level >= (own == levels_.end() ? level_ : own->second);
}

void Log::write(LogLevel level, std::string_view subsystem, std::string_view message) {
  const auto now = std::chrono::system_clock::now();
  // One lock for both, so that lines have the same order here and there.
  const std::lock_guard lock(mutex_);
  if (!wanted(level, subsystem)) return;
  ++counts_[{level, std::string(subsystem)}];
  logger_->log(words(level).spdlog, log_line(style_, level, subsystem, message, now));
  kept_.push_back(
      {++last_, timestamp(now), level, std::string(subsystem), printable_line(message)});
  if (kept_.size() > kKept) kept_.pop_front();
}

std::vector<LogRecord> Log::recent(std::uint64_t after, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t behind = last_ > after ? last_ - after : 0;
  const auto count = static_cast<std::ptrdiff_t>(
      std::min({static_cast<std::uint64_t>(most), behind, std::uint64_t{kept_.size()}}));
  return {kept_.end() - count, kept_.end()};
}

std::uint64_t Log::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

Result<bool> Log::set_levels(std::string_view text) {
  std::optional<LogLevel> for_all;
  Levels own;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t equals = item.find('=');
    const auto level =
        level_named(equals == std::string_view::npos ? item : item.substr(equals + 1));
    if (!level) {
      return Error{
          fmt::format("'{}' is no level; accepted: debug, info, warn, error, or "
                      "SUBSYSTEM=LEVEL, as in eal=debug",
                      printable_line(item))};
    }
    if (equals == std::string_view::npos) {
      for_all = level;
    } else if (const std::string_view name = item.substr(0, equals); is_subsystem(name)) {
      own.insert_or_assign(std::string(name), *level);
    } else {
      return Error{fmt::format("'{}' is no name of a subsystem: it has letters and digits only",
                               printable_line(name))};
    }
  }
  if (!for_all && own.empty()) return Error{"no level is given"};
  const std::lock_guard lock(mutex_);
  if (for_all) {
    level_ = *for_all;
    levels_.clear();
  }
  for (const auto& [name, level] : own) levels_[name] = level;
  while (levels_.size() > kMostSubsystems) levels_.erase(levels_.begin());
  return true;
}

std::string Log::levels() const {
  const std::lock_guard lock(mutex_);
  std::string text(to_string(level_));
  for (const auto& [name, level] : levels_) text += fmt::format(",{}={}", name, to_string(level));
  return text;
}

LogCounts Log::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace weir
