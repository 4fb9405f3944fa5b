// The facts of a log line: name=value.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct LogField {
  LogField(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}
  template <std::integral Number>
  LogField(std::string_view name_, Number number)
      : name(name_), value(std::to_string(number)), is_number(true) {}

  std::string name;  ///< a-z and '_'; none of time, level, sub, event, message
  std::string value;
  bool is_number = false;
};
using LogFields = std::vector<LogField>;

/// Control bytes as \xNN: whoever can provoke a line must not be able to forge one.
[[nodiscard]] std::string printable_line(std::string_view text);

/// `megabits=25000`, `first="no such key"`
[[nodiscard]] std::string field_text(const LogField& field);

}  // namespace weir
