// The status page, compiled in from status_page.html: one page that loads nothing from elsewhere.
#pragma once

#include <string_view>

namespace weir {

/// HTML in UTF-8. It fetches /status.json every second and draws what it says.
extern const std::string_view kStatusPage;

}  // namespace weir
