// A fact's value in a log line, as the daemon writes it and weirctl shows it.
#pragma once

#include <string>
#include <string_view>

namespace weir {

/// Quoted where a blank or a quote would end the value early.
[[nodiscard]] inline std::string field_value(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \"=") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace weir
