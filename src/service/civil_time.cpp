// The calendar comes from <chrono>; this only takes it apart.
#include "service/civil_time.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>

namespace weir {

namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;
constexpr std::int64_t kLastSecondOf9999 = 253'402'300'799;

constexpr auto kWeekdays = std::to_array<std::string_view>(
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"});
constexpr auto kMonths =
    std::to_array<std::string_view>({"January", "February", "March", "April", "May", "June", "July",
                                     "August", "September", "October", "November", "December"});

}  // namespace

CivilTime civil_time(std::int64_t unix_seconds) noexcept {
  const std::int64_t at = std::clamp<std::int64_t>(unix_seconds, 0, kLastSecondOf9999);
  const std::chrono::sys_days day{std::chrono::days(at / kSecondsOfDay)};
  const std::chrono::year_month_day date(day);
  const auto rest = static_cast<std::uint32_t>(at % kSecondsOfDay);
  return {.year = static_cast<std::uint32_t>(static_cast<int>(date.year())),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .weekday = std::chrono::weekday(day).c_encoding(),
          .hour = rest / 3600,
          .minute = rest / 60 % 60,
          .second = rest % 60};
}

std::optional<std::int64_t> unix_seconds(const CivilTime& time) noexcept {
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(time.year)),
                                         std::chrono::month(time.month),
                                         std::chrono::day(time.day));
  if (!date.ok() || time.year > 9999) return std::nullopt;
  if (time.hour > 23 || time.minute > 59 || time.second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kSecondsOfDay + time.hour * 3600 + time.minute * 60 + time.second;
}

std::string_view weekday_name(std::uint32_t weekday) noexcept {
  assert(weekday < kWeekdays.size());
  return kWeekdays[weekday];
}

std::string_view month_name(std::uint32_t month) noexcept {
  assert(month >= 1 && month <= kMonths.size());
  return kMonths[month - 1];
}

}  // namespace weir
