// What the log tells about: one table makes enum, words and docs/events.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "control/config.hpp"

namespace weir {

enum class LogEvent : std::uint8_t {
#define WEIR_EVENT(name, subsystem, level, per_second, message, meaning) name,
#include "control/events.def"
#undef WEIR_EVENT
};

struct LogEventText {
  std::string_view name;       ///< for `event=`; never changes
  std::string_view subsystem;  ///< for `sub=`
  LogLevel level;
  std::uint32_t per_second;  ///< lines; 0: no limit
  std::string_view message;  ///< what the line says
  std::string_view meaning;  ///< what docs/events.md adds
};

inline constexpr auto kLogEvents = std::to_array<LogEventText>({
#define WEIR_EVENT(name, subsystem, level, per_second, message, meaning) \
  {#name, #subsystem, LogLevel::level, per_second, message, meaning},
#include "control/events.def"
#undef WEIR_EVENT
});

[[nodiscard]] constexpr std::size_t index(LogEvent event) noexcept {
  return static_cast<std::size_t>(event);
}
[[nodiscard]] constexpr const LogEventText& text(LogEvent event) noexcept {
  return kLogEvents[index(event)];
}

}  // namespace weir
