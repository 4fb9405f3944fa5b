#include "control/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace weir {
namespace {

constexpr std::array kLevels = {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};

std::optional<LogLevel> level_named(std::string_view name) noexcept {
  for (const LogLevel level : kLevels) {
    if (to_string(level) == name) return level;
  }
  return std::nullopt;
}

bool is_subsystem(std::string_view name) noexcept {
  return std::ranges::find(kLogEvents, name, &LogEventText::subsystem) != kLogEvents.end();
}

std::string subsystems() {
  std::set<std::string_view> names;
  for (const LogEventText& event : kLogEvents) names.insert(event.subsystem);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Instant log_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

Log::Log(const LogConfig& config, Instant (*now)())
    : now_(now),
      style_(log_style(config.format)),
      logger_(std::make_unique<spdlog::logger>("weir",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())),
      level_(config.level) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::trace);  // what is wanted is decided here
  logger_->flush_on(spdlog::level::trace);
  for (const LogLevel level : kLevels) {
    for (const LogEventText& event : kLogEvents) {
      counts_[{level, std::string(event.subsystem)}] = 0;
    }
  }
}

Log::~Log() = default;

bool Log::wanted(LogLevel level, std::string_view subsystem) const {
  const auto own = levels_.find(subsystem);
  return level >= (own == levels_.end() ? level_ : own->second);
}

void Log::write(LogEvent event, LogFields fields, std::string_view message) {
  const LogEventText& what = text(event);
  const std::lock_guard lock(mutex_);
  tell({0,
        {},
        event,
        what.level,
        std::string(message.empty() ? what.message : message),
        std::move(fields)});
}

void Log::write_eal(LogLevel level, std::string_view line) {
  const std::lock_guard lock(mutex_);
  tell({0, {}, LogEvent::eal, level, std::string(line), {}});
}

void Log::settle(Instant now) {
  const std::lock_guard lock(mutex_);
  for (const LogLimiter::Debt& debt : limiter_.settle(now)) {
    const LogEventText& what = text(debt.event);
    put({0,
         {},
         debt.event,
         what.level,
         std::string(what.message),
         {{"suppressed", debt.suppressed}}});
  }
}

// Who asked for debug lines wants to see all of them.
void Log::tell(LogRecord record) {
  if (!wanted(record.level, text(record.event).subsystem)) return;
  if (record.level != LogLevel::debug) {
    const auto suppressed = limiter_.admit(record.event, now_());
    if (!suppressed) return;
    if (*suppressed != 0) record.fields.emplace_back("suppressed", *suppressed);
  }
  put(std::move(record));
}

// Under one lock with what is kept, so that lines have the same order here and there.
void Log::put(LogRecord record) {
  record.number = ++last_;
  record.at = std::chrono::system_clock::now();
  ++counts_[{record.level, std::string(text(record.event).subsystem)}];
  logger_->log(spdlog::level::info, log_line(style_, record));
  kept_.push_back(std::move(record));
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
      return Error{
          fmt::format("'{}' is no subsystem; there are: {}", printable_line(name), subsystems())};
    }
  }
  if (!for_all && own.empty()) return Error{"no level is given"};
  const std::lock_guard lock(mutex_);
  if (for_all) {
    level_ = *for_all;
    levels_.clear();
  }
  for (const auto& [name, level] : own) levels_[name] = level;
  return true;
}

void Log::follow(const LogConfig& before, const LogConfig& now) {
  if (now.level == before.level) return;
  const std::string levels_before = levels();
  (void)set_levels(to_string(now.level));
  write(LogEvent::log_level, {{"before", levels_before}, {"now", levels()}});
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
