// Dates as HTTP writes them (RFC 9110 §5.6.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "service/text_writer.hpp"

namespace weir {

/// "Sun, 06 Nov 1994 08:49:37 GMT": always 29 characters.
void write_http_date(TextWriter& out, std::int64_t unix_seconds) noexcept;

/// Reads that form and the two obsolete ones, "Sunday, 06-Nov-94 08:49:37 GMT" and
/// "Sun Nov  6 08:49:37 1994". The name of the day is not compared with the date. Two digits of a
/// year below 70 are of this century: an exact rule would have to know today.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

}  // namespace weir
