// The media type of a file, by the end of its name.
#pragma once

#include <string_view>

namespace weir {

/// "text/html; charset=utf-8" for "/index.html"; application/octet-stream when nothing is known.
[[nodiscard]] std::string_view content_type_of(std::string_view path) noexcept;

}  // namespace weir
