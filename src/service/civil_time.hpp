// Seconds since 1970 as a date and back, in UTC, without locale, heap or time zone files.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

struct CivilTime {
  std::uint32_t year = 1970;
  std::uint32_t month = 1;    ///< 1–12
  std::uint32_t day = 1;      ///< 1–31
  std::uint32_t weekday = 4;  ///< 0 = Sunday
  std::uint32_t hour = 0, minute = 0;
  std::uint32_t second = 0;  ///< 0–59; no leap seconds, as in POSIX
};

/// Of the proleptic Gregorian calendar; clamped to the years 1970–9999.
[[nodiscard]] CivilTime civil_time(std::int64_t unix_seconds) noexcept;
/// The inverse, which ignores the weekday; nothing for a date that does not exist. Second 60 is
/// taken as the following second.
[[nodiscard]] std::optional<std::int64_t> unix_seconds(const CivilTime& time) noexcept;

/// Long English names; the first three letters are the short ones. `weekday` 0–6, `month` 1–12.
[[nodiscard]] std::string_view weekday_name(std::uint32_t weekday) noexcept;
[[nodiscard]] std::string_view month_name(std::uint32_t month) noexcept;

}  // namespace weir
