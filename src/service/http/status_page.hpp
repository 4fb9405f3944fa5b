// The status page, compiled in from status_page.html: one page that loads nothing from elsewhere.
#pragma once

#include <string_view>

namespace weir {

/// HTML in UTF-8. It fetches /status.json every second and draws what it says.
extern const std::string_view kStatusPage;

/// Its Content-Security-Policy: the page loads nothing but its numbers, so that a counter's name
/// can do no harm either.
inline constexpr std::string_view kStatusPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:";

}  // namespace weir
